import { Injectable } from '@nestjs/common';
import { type CliProfile } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError, type FieldProblem } from '../error/index.js';
import { type RunRequest } from './run.types.js';

const BARE_TOOL = /^[A-Za-z0-9_]+$/;

/** What the operator allows, checked here and nowhere else. */
@Injectable()
export class RunPolicy {
  constructor(private readonly config: ClaudeConfigService) {}

  /** @throws ClaudeError `policy.denied` or `request.invalid`, before anything is written */
  check(request: RunRequest): void {
    const { allowedModels, allowedPermissionModes, maxPromptBytes, runMaxTimeoutMs } = this.config.options;
    const { model, permissionMode, prompt, timeoutMs } = request;
    if (model !== undefined && allowedModels.length > 0 && !allowedModels.includes(model)) {
      throw new ClaudeError('policy.denied', { what: `the model ${model}` });
    }
    if (permissionMode !== undefined && !allowedPermissionModes.includes(permissionMode)) {
      throw new ClaudeError('policy.denied', { what: `the permission mode ${permissionMode}` });
    }
    const problems: FieldProblem[] = [];
    if (Buffer.byteLength(prompt) > maxPromptBytes)
      problems.push({ field: 'prompt', reason: `is longer than ${maxPromptBytes} bytes of UTF-8` });
    if (timeoutMs !== undefined && timeoutMs > runMaxTimeoutMs)
      problems.push({ field: 'timeoutMs', reason: `must not be above ${runMaxTimeoutMs}` });
    if (problems.length > 0) throw ClaudeError.invalid(problems);
  }

  /** What a run needs at spawn. Bare tool names are answered by us, with their paths bound to the workspace. */
  profile(request: RunRequest): CliProfile {
    return {
      model: request.model ?? null,
      systemPrompt: request.systemPrompt ?? null,
      appendSystemPrompt: request.appendSystemPrompt ?? null,
      permissionMode: request.permissionMode ?? 'default',
      allowedRules: request.allowedTools?.filter((tool) => !BARE_TOOL.test(tool)) ?? [],
      disallowedTools: request.disallowedTools ?? [],
      maxTurns: request.maxTurns ?? null,
      outputSchema: request.outputSchema ? JSON.stringify(request.outputSchema) : null,
    };
  }

  /** Tools that run without a person. */
  tools(request: RunRequest): ReadonlySet<string> {
    return new Set(
      request.allowedTools?.filter((tool) => BARE_TOOL.test(tool)) ?? this.config.options.autoAllowedTools,
    );
  }
}
