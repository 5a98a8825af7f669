import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { buildArguments, buildInitialize } from './cli-arguments.js';
import { buildEnvironment, type CliFolders } from './cli-environment.js';
import { type CliConversation, type CliProfile } from './cli-profile.types.js';
import { type ParsedLine, parseMessage } from './parse-message.js';

/** What we say to the CLI and what it says to us, with the operator's options filled in. */
@Injectable()
export class ClaudeCommandService {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  arguments(profile: CliProfile, conversation: CliConversation): string[] {
    return buildArguments({ ...profile, model: profile.model ?? this.config.options.defaultModel }, conversation);
  }

  /** The first request to an agent process. */
  initialize(profile: CliProfile): Readonly<Record<string, unknown>> {
    return buildInitialize(profile);
  }

  environment(folders: CliFolders): Record<string, string> {
    const { anthropicApiKey, anthropicAuthToken, anthropicBaseUrl, apiMaxRetries, apiTimeoutMs } = this.config.options;
    return buildEnvironment({
      folders,
      host: this.config.hostVariables,
      apiKey: anthropicApiKey,
      authToken: anthropicAuthToken,
      baseUrl: anthropicBaseUrl,
      apiMaxRetries,
      apiTimeoutMs,
    });
  }

  parse(line: string): ParsedLine {
    const parsed = parseMessage(line);
    if (parsed.kind === 'message') this.metrics.count('cliMessages', { type: parsed.message.type });
    if (parsed.kind === 'noise') this.metrics.count('cliNoise');
    return parsed;
  }
}
