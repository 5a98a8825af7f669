import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeSessionService, type SessionRecord } from '../session/index.js';
import { within } from '../wrapper/index.js';
import { CleanUpStore } from './clean-up.store.js';
import { type CleanUp } from './clean-up.types.js';

const STOP_WAIT_MS = 2000;
const BATCH = 100;
/** Whoever ended the last run gives the session back right after. */
const CLOSE_WAIT_MS = 5000;

/** A clean-up whose worker died is another's after so long. */
const LOCK_MS = 30_000;

/**
 * Closes sessions that nobody used for the retention time, and removes what crashes left. One worker at a time does it; were there
 * two, each session is taken by its lease, and everything can be repeated.
 */
@Injectable()
export class SessionCleaner {
  private readonly logger = new Logger(SessionCleaner.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  private readonly name = randomUUID();

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly store: CleanUpStore,
    private readonly metrics: ClaudeMetricsService,
    private readonly config: ClaudeConfigService,
  ) {}

  start(): void {
    const round = () => {
      this.round = this.clean()
        .then(
          () => undefined,
          (error: Error) => this.logger.warn({ reason: error.message }, 'the clean-up of sessions failed'),
        )
        .finally(() => {
          if (this.timer) this.timer = setTimeout(round, this.config.options.cleanUpMs);
        });
    };
    this.timer = setTimeout(round, 0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await within(STOP_WAIT_MS, this.round);
  }

  /** Closes a session that was only to last as long as its runs, when they have ended. */
  async closePassing(sessionId: string): Promise<void> {
    const session = await this.sessions.findPassing(sessionId);
    if (session) await this.close(session, CLOSE_WAIT_MS);
  }

  /** @returns what it removed; null when another worker does it now */
  async clean(): Promise<CleanUp | null> {
    if (!(await this.store.take(this.name, LOCK_MS))) return null;
    try {
      const found = await this.removeAll();
      await this.store.note(found);
      this.metrics.count('cleanedUp', { what: 'sessions' }, found.sessions);
      this.metrics.count('cleanedUp', { what: 'places' }, found.places);
      if (found.sessions + found.places > 0)
        this.logger.log(found, 'cleaned up: closed unused sessions, removed left folders');
      return found;
    } finally {
      await this.store.release(this.name).catch(() => undefined);
    }
  }

  private async removeAll(): Promise<CleanUp> {
    let [sessions, places, bytes] = [0, 0, 0];
    for (const left of await this.sessions.leftPlaces())
      if (await this.tried(left.place, () => this.sessions.removeLeftPlace(left).then(() => true))) places += 1;
    // Those that cannot be closed now, since something waits in them, must not keep the others from it.
    for (let skip = 0; ;) {
      const { sessions: page, looked } = await this.sessions.expired(skip, BATCH);
      const closed = await Promise.all(page.map(({ id }, at) => this.tried(id, () => this.close(page[at]!, 0))));
      for (const session of page.filter((_session, at) => closed[at])) {
        sessions += 1;
        skip -= 1;
        bytes += session.bytes;
      }
      skip += looked;
      if (looked < BATCH || !(await this.store.take(this.name, LOCK_MS))) break;
    }
    return { sessions, places, bytes };
  }

  /** One that cannot be removed is left for the next round, and the others are not. */
  private async tried(what: string, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      this.logger.warn({ what, reason: (error as Error).message }, 'what should be cleaned up could not be removed');
      return false;
    }
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
