import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeSessionService, type SessionRecord } from '../session/index.js';
import { within } from '../wrapper/index.js';

const STOP_WAIT_MS = 2000;
const INTERVAL_MS = 10_000;
const BATCH = 100;
/** Whoever ended the last run gives the session back right after. */
const CLOSE_WAIT_MS = 5000;

/** What one clean-up removed. */
export interface CleanUp {
  readonly sessions: number;
  /** Folders that spare processes of killed workers, or forks that broke off, had left. */
  readonly places: number;
}

/** Closes sessions that nobody used for the retention time. Each is taken by its lease, so that two workers never collide. */
@Injectable()
export class SessionCleaner {
  private readonly logger = new Logger(SessionCleaner.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(private readonly sessions: ClaudeSessionService) {}

  start(): void {
    const round = () => {
      this.round = this.clean().then(
        () => undefined,
        (error: Error) => this.logger.warn({ reason: error.message }, 'the clean-up of sessions failed'),
      );
    };
    this.timer = setInterval(round, INTERVAL_MS);
    round();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await within(STOP_WAIT_MS, this.round);
  }

  /** Closes a session that was only to last as long as its runs, when they have ended. */
  async closePassing(sessionId: string): Promise<void> {
    const session = await this.sessions.find(sessionId);
    if (session?.passing) await this.close(session, CLOSE_WAIT_MS);
  }

  /** Repeatable, by any number of workers at once. */
  async clean(): Promise<CleanUp> {
    const found = { sessions: 0, places: await this.sessions.removeLeftPlaces() };
    for (let page = await this.sessions.expired(BATCH); page.length > 0; page = await this.sessions.expired(BATCH)) {
      const closed = await Promise.all(page.map((session) => this.close(session, 0)));
      const count = closed.filter(Boolean).length;
      found.sessions += count;
      if (count === 0) break;
    }
    if (found.sessions + found.places > 0)
      this.logger.log(found, 'cleaned up: closed unused sessions, removed left folders');
    return found;
  }

  private async close(session: SessionRecord, waitMs: number): Promise<boolean> {
    const lease = await this.sessions.lease(session.id, randomUUID(), waitMs);
    if (!lease) return false;
    try {
      return await this.sessions.remove(session, true);
    } finally {
      await lease.release();
    }
  }
}
