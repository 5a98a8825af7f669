import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ClaudeOptions } from './claude.settings.js';
import { CLAUDE_OPTIONS } from './config.module-definition.js';

/** The options, parsed once, and what follows from them. */
@Injectable()
export class ClaudeConfigService {
  /** Absolute, so that every part means the same folder whatever its working directory. */
  readonly dataDir: string;

  constructor(@Inject(CLAUDE_OPTIONS) readonly options: ClaudeOptions) {
    this.dataDir = resolve(options.dataDir);
  }

  /** A folder inside the data folder, created private when it is missing. */
  folder(...parts: string[]): string {
    const path = join(this.dataDir, ...parts);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
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
