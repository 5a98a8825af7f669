import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeSessionService, type SessionRecord } from '../session/index.js';
import { within } from '../wrapper/index.js';
import { RunStore } from './run.store.js';

const STOP_WAIT_MS = 2000;
const INTERVAL_MS = 60_000;
const BATCH = 100;

/** Closes sessions that nobody used for the retention time. Each is taken by its lease, so that two workers never collide. */
@Injectable()
export class SessionCleaner {
  private readonly logger = new Logger(SessionCleaner.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly runs: RunStore,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.round = this.clean().catch((error: Error) =>
        this.logger.warn({ reason: error.message }, 'the clean-up of sessions failed'),
      );
    }, INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await within(STOP_WAIT_MS, this.round);
  }

  private async clean(): Promise<void> {
    for (const session of await this.sessions.expired(BATCH)) await this.close(session);
  }

  private async close(session: SessionRecord): Promise<void> {
    const lease = await this.sessions.lease(session.id, randomUUID(), 0);
    if (!lease) return;
    try {
      if ((await this.runs.queueOfSession(session.id)).length > 0) return;
      await this.sessions.remove(session);
      this.logger.log({ sessionId: session.id }, 'closed an unused session');
    } finally {
      await lease.release();
    }
  }
}
