import { cpSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Run } from '@steward/client';
import { readEvents } from '../support/event-reader.js';
import { type Arena } from './arena.js';
import { type Ended } from './trial.types.js';

/** Keeps what helps to find out what went wrong. */
export class Evidence {
  private made: string | undefined;

  constructor(private readonly arena: Arena) {}

  private get folder(): string {
    return (this.made ??= mkdtempSync(join(tmpdir(), 'steward-chaos-logs-')));
  }

  /** A run as its record, its events and its conversation tell of it. */
  async keep({ trial, run }: Ended): Promise<void> {
    const place = join(this.folder, `${trial.kind}-${run.id}`);
    const lines = (await this.events(run)).map((event) => JSON.stringify(event));
    writeFileSync(`${place}.ndjson`, `${[JSON.stringify(run), ...lines].join('\n')}\n`);
    const workspace = await this.arena.workspaceOf(trial.sessionId);
    const conversation = workspace && join(dirname(workspace), 'config', 'projects');
    if (conversation && existsSync(conversation)) cpSync(conversation, `${place}.conversation`, { recursive: true });
  }

  /** One that has not ended would be followed for ever. */
  private async events({ id, endedAt }: Run): Promise<readonly object[]> {
    if (endedAt === null) return (await this.arena.client().history(id, { limit: 200 })).data;
    const events = await readEvents(`${this.arena.url}/api/v1/claude/processes/${id}/events`);
    return events.map(({ frame }) => frame);
  }

  /** What all servers printed. @returns the folder */
  keepLogs(): string {
    const { apis, workers } = this.arena;
    for (const { name, output } of [...apis, ...workers]) writeFileSync(join(this.folder, `${name}.log`), output);
    return this.folder;
  }
}
