import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ClaudeOptions } from './claude.settings.js';
import { CLAUDE_OPTIONS } from './config.module-definition.js';
import { type ModelProvider, passedVariables, PROVIDER_SECRETS, providerVariables } from './host-variables.js';
import { processEnvironment } from './load-settings.js';
import { ModelCredentials } from './model-credentials.js';

/** The options, parsed once, and what follows from them. */
@Injectable()
export class ClaudeConfigService {
  /** Absolute, so that every part means the same folder whatever its working directory. */
  readonly dataDir: string;

  /** The part of the server's environment that agent processes see. */
  readonly hostVariables: Readonly<Record<string, string>>;

  readonly credentials: ModelCredentials;

  constructor(@Inject(CLAUDE_OPTIONS) readonly options: ClaudeOptions) {
    const env = processEnvironment();
    this.dataDir = resolve(options.dataDir);
    this.hostVariables = passedVariables(env);
    this.credentials = new ModelCredentials(options, env);
  }

  get modelProvider(): ModelProvider {
    if (this.options.useBedrock === '1') return 'bedrock';
    return this.options.useVertex === '1' ? 'vertex' : 'anthropic';
  }

  /** Whether requests to the model pass the model gateway; else the CLI speaks to a cloud by itself. */
  get usesGateway(): boolean {
    return this.modelProvider === 'anthropic';
  }

  /** What a CLI needs that speaks to a cloud by itself. */
  get providerVariables(): Record<string, string> {
    return providerVariables(this.modelProvider, processEnvironment());
  }

  /** A folder inside the data folder, created private when it is missing. */
  folder(...parts: string[]): string {
    const path = join(this.dataDir, ...parts);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Texts that must appear in no log, event or answer. */
  get secrets(): string[] {
    const cloud = this.usesGateway ? {} : this.providerVariables;
    return [...this.credentials.secrets, ...PROVIDER_SECRETS.flatMap((name) => cloud[name] ?? [])];
  }

  /** Whether a model credential is configured; without one no run can succeed. A cloud's own is not ours to judge. */
  get hasCredential(): boolean {
    return !this.usesGateway || this.credentials.value !== null;
  }

  /** `timeoutMs` of a run: what was asked for, else the default, never above the operator's bound. */
  runTimeoutMs(asked: number | undefined): number {
    return Math.min(asked ?? this.options.runTimeoutMs, this.options.runMaxTimeoutMs);
  }
}
