import { Injectable } from '@nestjs/common';
import {
  type BackgroundMode,
  type BeforeTool,
  type CliProfile,
  FOREGROUND_SUBAGENTS,
  optionProblems,
  plainSchema,
  type ToolHooks,
} from '../command/index.js';
import { type ApprovalTerms } from '../approval/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError, type FieldProblem } from '../error/index.js';
import { isBelow } from './is-below.js';
import { type OutageMode, type RunRequest } from './run.types.js';
import { type AskVeto } from './tool-policy.js';

/** Tools that change nothing. */
const READ_ONLY_TOOLS: ReadonlySet<string> = new Set(['Read', 'Glob', 'Grep', 'Skill']);
const SUBAGENT = /^(Agent|Task)$/;
/** A tool waits at its barrier until its run is ended or the log is back: longer than any lease. */
const BARRIER_WAIT_MS = 3_600_000;
const BARE_TOOL = /^[A-Za-z0-9_-]+$/;

/** What the operator allows, checked here and nowhere else. */
@Injectable()
export class RunPolicy {
  constructor(private readonly config: ClaudeConfigService) {}

  /** @throws ClaudeError `policy.denied` or `request.invalid`, before anything is written */
  check(request: RunRequest): void {
    const problems = [...this.bounds(request), ...optionProblems(request)];
    if (problems.length > 0) throw ClaudeError.invalid(problems);
    const what = this.denied(request);
    if (what !== undefined) throw new ClaudeError('policy.denied', { what });
  }

  /** @throws ClaudeError `request.invalid` */
  checkInput(text: string): void {
    const { maxPromptBytes } = this.config.options;
    if (Buffer.byteLength(text) > maxPromptBytes)
      throw ClaudeError.invalid([{ field: 'text', reason: `is longer than ${maxPromptBytes} bytes of UTF-8` }]);
  }

  /** What a run needs at spawn. Bare tool names are answered by us, with their paths bound to the workspace. */
  profile(request: RunRequest): CliProfile {
    const servers = this.config.options.mcpServers;
    return {
      model: request.model ?? null,
      fallbackModel: request.fallbackModel ?? null,
      effort: request.effort ?? null,
      thinking: request.thinking ?? null,
      thinkingDisplay: request.thinkingDisplay ?? null,
      maxThinkingTokens: request.maxThinkingTokens ?? null,
      taskBudget: request.taskBudget ?? null,
      // The gateway sees every request and ends the run inside one; the CLI looks only after each reply.
      maxBudgetUsd: this.config.usesGateway ? null : this.maxCostUsd(request),
      betas: request.betas ?? [],
      systemPrompt: request.systemPrompt ?? null,
      appendSystemPrompt: request.appendSystemPrompt ?? null,
      excludeDynamicSections: request.excludeDynamicSystemPromptSections ?? false,
      tools: request.tools ?? null,
      permissionMode: request.permissionMode ?? 'default',
      allowedRules: request.allowedTools?.filter((tool) => !BARE_TOOL.test(tool)) ?? [],
      disallowedTools: request.disallowedTools ?? [],
      maxTurns: request.maxTurns ?? null,
      outputSchema: request.outputSchema ? plainSchema(request.outputSchema) : null,
      agents: request.agents ?? null,
      agent: request.agent ?? null,
      addDirs: request.addDirs ?? [],
      settingSources: request.settingSources ?? [],
      mcpServers: Object.fromEntries((request.mcpServers ?? []).map((name) => [name, servers[name] ?? {}])),
    };
  }

  /** Tools that run without a person. */
  tools(request: RunRequest): ReadonlySet<string> {
    const tools = request.allowedTools?.filter((tool) => BARE_TOOL.test(tool)) ?? this.config.options.autoAllowedTools;
    // Who asks for a plan does not want anything done.
    return new Set(request.permissionMode === 'plan' ? tools.filter((tool) => READ_ONLY_TOOLS.has(tool)) : tools);
  }

  /** What a run may cost: what was asked for, else the operator's bound; null: no limit. */
  maxCostUsd({ maxCostUsd }: RunRequest): string | null {
    return maxCostUsd ?? this.config.options.runMaxCostUsd;
  }

  /** Tokens of all kinds that it may use; null: no limit. */
  maxTokens({ maxTokens }: RunRequest): number | null {
    return maxTokens ?? (this.config.options.runMaxTokens || null);
  }

  background(request: RunRequest): { readonly mode: BackgroundMode; readonly maxWaitMs: number } {
    return { mode: request.backgroundTasks ?? 'stop', maxWaitMs: this.config.options.backgroundMaxWaitMs };
  }

  /**
   * Callbacks around tool calls: each process has the same, so that what differs is said for each call.
   *
   * @param ask the operator's word about a call; without it only the shape counts
   */
  hooks(request: RunRequest, ask: AskVeto | null = null): ToolHooks {
    const waits = this.background(request).mode === 'stop' ? FOREGROUND_SUBAGENTS : null;
    const pass: BeforeTool = { decision: 'pass' };
    return {
      timeoutMs: BARRIER_WAIT_MS,
      beforeTool: async (call, signal) => {
        const veto = ask ? await ask(call, signal) : null;
        if (veto) return { decision: 'deny', reason: `${call.toolName} was not run: ${veto.reason}.` };
        return (SUBAGENT.test(call.toolName) && (await waits?.beforeTool?.(call, signal))) || pass;
      },
    };
  }

  /** How people are asked; null where they are not. */
  approvals({ approvals, approvalTimeoutMs, approvalDefault }: RunRequest): ApprovalTerms | null {
    const { options } = this.config;
    if ((approvals ?? options.approvals) === 'deny') return null;
    return {
      timeoutMs: Math.min(approvalTimeoutMs ?? options.approvalTimeoutMs, options.approvalMaxTimeoutMs),
      default: approvalDefault ?? 'deny',
      holdMs: options.approvalHoldMs,
    };
  }

  /** What a run does while something that it needs is out of order. */
  onOutage({ onOutage }: RunRequest): OutageMode {
    return onOutage ?? this.config.options.onOutage;
  }

  /** Attempts that may fail or be lost. */
  maxAttempts({ maxAttempts }: RunRequest): number {
    const { runAttempts, runMaxAttempts } = this.config.options;
    return Math.min(maxAttempts ?? runAttempts, runMaxAttempts);
  }

  /** Whether a request may name this slash command or skill. */
  allowsCommand(name: string): boolean {
    // It would begin another conversation under the same session.
    return name !== 'clear' && this.config.options.allowedCommands.includes(name);
  }

  /** Limits that the operator sets, and fields that exclude or need each other. */
  private bounds(request: RunRequest): FieldProblem[] {
    const { maxPromptBytes, runMaxTimeoutMs, runMaxAttempts, approvalMaxTimeoutMs, mcpServers } = this.config.options;
    const { prompt, command, timeoutMs, maxAttempts, attachments = [] } = request;
    const problems: FieldProblem[] = [];
    if ((prompt === undefined) === (command === undefined))
      problems.push({ field: 'prompt', reason: 'or command has to be there, and not both' });
    if (Buffer.byteLength(prompt ?? command?.args ?? '') > maxPromptBytes)
      problems.push({
        field: prompt === undefined ? 'command.args' : 'prompt',
        reason: `is longer than ${maxPromptBytes} bytes of UTF-8`,
      });
    // The run that takes it may have been asked for none, and would end without a word about it.
    const ownOnly = command !== undefined || attachments.length > 0 || request.outputSchema !== undefined;
    if (request.busyPolicy === 'steer' && ownOnly)
      problems.push({ field: 'busyPolicy', reason: 'must not be steer with a command, attachments or outputSchema' });
    if (request.keepSession === false && request.sessionId !== undefined)
      problems.push({ field: 'keepSession', reason: 'must not be false with sessionId: close the session instead' });
    if (command && attachments.length > 0)
      problems.push({ field: 'attachments', reason: 'go with a prompt, and not with a command' });
    if (request.workspace !== undefined && request.sessionId !== undefined)
      problems.push({ field: 'workspace', reason: 'must not be there with sessionId: that session has one' });
    if (request.fallback === 'api' && this.onOutage(request) !== 'degrade')
      problems.push({ field: 'fallback', reason: 'needs onOutage: degrade' });
    problems.push(...this.spending(request));
    if (timeoutMs !== undefined && timeoutMs > runMaxTimeoutMs)
      problems.push({ field: 'timeoutMs', reason: `must not be above ${runMaxTimeoutMs}` });
    if (maxAttempts !== undefined && maxAttempts > runMaxAttempts)
      problems.push({ field: 'maxAttempts', reason: `must not be above ${runMaxAttempts}` });
    if ((request.approvalTimeoutMs ?? 0) > approvalMaxTimeoutMs)
      problems.push({ field: 'approvalTimeoutMs', reason: `must not be above ${approvalMaxTimeoutMs}` });
    const unknown = request.mcpServers?.filter((name) => !Object.hasOwn(mcpServers, name)) ?? [];
    if (unknown.length > 0)
      problems.push({ field: 'mcpServers', reason: `names what the operator does not offer: ${unknown.join(', ')}` });
    return problems;
  }

  /** Where a cloud answers the CLI, nobody sees its requests. */
  private spending({ maxCostUsd, maxTokens, recordModelTraffic, fallback }: RunRequest): FieldProblem[] {
    const { runMaxCostUsd, runMaxTokens } = this.config.options;
    const problems: FieldProblem[] = [];
    if (maxCostUsd !== undefined && runMaxCostUsd !== null && Number(maxCostUsd) > Number(runMaxCostUsd))
      problems.push({ field: 'maxCostUsd', reason: `must not be above ${runMaxCostUsd}` });
    if (maxTokens !== undefined && runMaxTokens > 0 && maxTokens > runMaxTokens)
      problems.push({ field: 'maxTokens', reason: `must not be above ${runMaxTokens}` });
    if (this.config.usesGateway) return problems;
    const reason = 'needs the model gateway, which is not in the path with Bedrock or Vertex';
    if (maxTokens !== undefined) problems.push({ field: 'maxTokens', reason });
    if (recordModelTraffic) problems.push({ field: 'recordModelTraffic', reason });
    if (fallback === 'api') problems.push({ field: 'fallback', reason });
    return problems;
  }

  /** The first thing that the operator does not allow. */
  private denied(request: RunRequest): string | undefined {
    const { allowedModels, allowedPermissionModes, allowedDirs, allowedSettingSources } = this.config.options;
    const { permissionMode, command } = request;
    const model = modelsOf(request).find((name) => allowedModels.length > 0 && !allowedModels.includes(name));
    if (model !== undefined) return `the model ${model}`;
    if (permissionMode !== undefined && !allowedPermissionModes.includes(permissionMode))
      return `the permission mode ${permissionMode}`;
    const folder = request.addDirs?.find((path) => !allowedDirs.some((root) => isBelow(root, path)));
    if (folder !== undefined) return `the folder ${folder}`;
    const source = request.settingSources?.find((name) => !allowedSettingSources.includes(name));
    if (source !== undefined) return `settings of the ${source}`;
    if (request.recordModelTraffic && this.config.options.modelRecording === 'off') return 'recording of model traffic';
    const { onOutage, fallback } = request;
    if (fallback === 'api' && this.config.options.apiFallback === 'off') return 'fallback: api';
    if (onOutage !== undefined && !this.config.options.allowedOnOutage.includes(onOutage))
      return `onOutage: ${onOutage}`;
    if (command?.name === 'clear') return 'the command clear; begin a new session instead';
    if (command && !this.allowsCommand(command.name)) return `the command ${command.name}`;
    return undefined;
  }
}

/** A command that the CLI does not have, told as a wrong field. */
export function unknownCommand(name: string): ClaudeError {
  return ClaudeError.invalid([{ field: 'command.name', reason: `names no command that works here: ${name}` }]);
}

const modelsOf = ({ model, fallbackModel, agents }: RunRequest): string[] =>
  [model, fallbackModel, ...Object.values(agents ?? {}).map((agent) => agent.model)].filter(
    (name) => name !== undefined && name !== 'inherit',
  ) as string[];
