import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ClaudeOptions } from './claude.settings.js';
import { CLAUDE_OPTIONS } from './config.module-definition.js';
import { passedVariables } from './host-variables.js';
import { processEnvironment } from './load-settings.js';

/** The options, parsed once, and what follows from them. */
@Injectable()
export class ClaudeConfigService {
  /** Absolute, so that every part means the same folder whatever its working directory. */
  readonly dataDir: string;

  /** The part of the server's environment that agent processes see. */
  readonly hostVariables: Readonly<Record<string, string>>;

  constructor(@Inject(CLAUDE_OPTIONS) readonly options: ClaudeOptions) {
    this.dataDir = resolve(options.dataDir);
    this.hostVariables = passedVariables(processEnvironment());
  }

  /** A folder inside the data folder, created private when it is missing. */
  folder(...parts: string[]): string {
    const path = join(this.dataDir, ...parts);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Texts that must appear in no log, event or answer. */
  get secrets(): string[] {
    return [this.options.anthropicApiKey, this.options.anthropicAuthToken].filter((secret) => secret !== null);
  }

  /** Whether a model credential is configured; without one no run can succeed. */
  get hasCredential(): boolean {
    return this.options.anthropicApiKey !== null || this.options.anthropicAuthToken !== null;
  }

  /** `timeoutMs` of a run: what was asked for, else the default, never above the operator's bound. */
  runTimeoutMs(asked: number | undefined): number {
    return Math.min(asked ?? this.options.runTimeoutMs, this.options.runMaxTimeoutMs);
  }
}
