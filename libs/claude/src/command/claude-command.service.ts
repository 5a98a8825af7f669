import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { buildArguments } from './cli-arguments.js';
import { buildEnvironment, type CliFolders } from './cli-environment.js';
import { type CliConversation, type CliProfile } from './cli-profile.types.js';
import { type CliTuning } from './cli-tuning.js';
import { hookCallbacks, type ToolHooks } from './hooks.js';
import { buildInitialize } from './initialize-request.js';
import { kindOf } from './message-kinds.js';
import { type ParsedLine, parseMessage } from './parse-message.js';

/** What we say to the CLI and what it says to us, with the operator's options filled in. */
@Injectable()
export class ClaudeCommandService {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  arguments(profile: CliProfile, conversation: CliConversation): string[] {
    // Without a name the model of a resumed conversation would come from its transcript, which the agent can write.
    const model = profile.model ?? this.config.options.defaultModel ?? (conversation.resume ? 'default' : null);
    return buildArguments({ ...profile, model }, conversation);
  }

  initialize(profile: CliProfile, hooks: ToolHooks | null): Record<string, unknown> {
    return buildInitialize(profile, hookCallbacks(hooks));
  }

  /**
   * @param model how the process reaches the model
   * @param tuning null for a CLI that does not take it
   */
  environment(
    folders: CliFolders,
    profile: CliProfile,
    model: Readonly<Record<string, string>>,
    tuning: CliTuning | null,
  ): Record<string, string> {
    const { apiMaxRetries, apiTimeoutMs } = this.config.options;
    return buildEnvironment({
      folders,
      host: this.config.hostVariables,
      model,
      apiMaxRetries,
      apiTimeoutMs,
      confinedRoot: profile.permissionMode === 'bypassPermissions',
      memoryFiles: profile.settingSources.length > 0,
      tuning,
    });
  }

  parse(line: string): ParsedLine {
    const parsed = parseMessage(line);
    if (parsed.kind === 'message') this.metrics.count('cliMessages', { type: kindOf(parsed.message) });
    if (parsed.kind === 'noise') this.metrics.count('cliNoise');
    return parsed;
  }
}
