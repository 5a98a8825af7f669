import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeSessionService } from '../session/index.js';
import { within } from '../wrapper/index.js';
import { ApprovalDesk } from './approval-desk.js';
import { OutageDesk } from './outage-desk.js';
import { RunDispatcher } from './run-dispatcher.js';
import { RunEnder } from './run-ender.js';
import { RunRecovery } from './run-recovery.js';
import { RunStore } from './run.store.js';
import { ScheduleStore } from './schedule.store.js';
import { type RunRecord } from './run.types.js';
import { SessionCleaner } from './session-cleaner.js';

const STOP_WAIT_MS = 2000;
const LOCK_KEY = 'steward:reconciler';
const PAGE = 200;

/**
 * Repairs what a crash left: a run without its job, a run whose worker is gone, an end that was not finished.
 * One worker at a time looks through the open runs; everything it does can be repeated.
 */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger(Reconciler.name);
  private readonly name = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly redis: RedisConnections,
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly places: ScheduleStore,
    private readonly dispatcher: RunDispatcher,
    private readonly ender: RunEnder,
    private readonly cleaner: SessionCleaner,
    private readonly recovery: RunRecovery,
    private readonly desk: ApprovalDesk,
    private readonly outages: OutageDesk,
    private readonly config: ClaudeConfigService,
  ) {}

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // A round that waits for a Redis that is away ends with the connection.
    await within(STOP_WAIT_MS, Promise.all([this.round, this.recovery.idle()]));
    if ((await this.redis.commands.get(LOCK_KEY).catch(() => null)) === this.name)
      await this.redis.commands.del(LOCK_KEY);
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.round = this.look()
        .catch((error: Error) => this.logger.warn({ reason: error.message }, 'looking through the open runs failed'))
        .finally(() => {
          if (this.timer) this.schedule(this.config.options.reconcileMs);
        });
    }, delayMs);
  }

  /** As long as the repair after a crash has to wait at least; renewed while a look takes longer. */
  private get lockMs(): number {
    return 2 * this.config.options.reconcileMs;
  }

  private async look(): Promise<void> {
    const taken = await this.redis.commands.set(LOCK_KEY, this.name, 'PX', this.lockMs, 'NX');
    if (taken !== 'OK' && (await this.redis.commands.get(LOCK_KEY)) !== this.name) return;
    await this.redis.commands.set(LOCK_KEY, this.name, 'PX', this.lockMs, 'XX');
    await this.places.forgetGone();
    await this.outages.look();
    for (let after: string | null = null; ;) {
      const ids = await this.runs.open(after, PAGE);
      for (const id of ids) {
        await this.redis.commands.set(LOCK_KEY, this.name, 'PX', this.lockMs, 'XX');
        await this.mend(id);
      }
      if (ids.length < PAGE || !this.timer) return;
      after = ids.at(-1)!;
    }
  }

  private async mend(id: string): Promise<void> {
    const run = await this.runs.get(id);
    if (!run) return this.runs.forget(id);
    const ended = run.state !== 'pending' && run.state !== 'running';
    if (run.state === 'pending' && !run.cancelRequested) {
      if (run.waitingFor === 'approval') await this.desk.wake(id);
      if (run.waitingFor === 'outage' && run.outage !== null) await this.outages.keep(run.outage, run);
      return this.ensureJob(run);
    }
    if (!ended) return this.recovery.recover(run);
    // Who has the lease is at work on it, or has failed to, and keeps the session for its next run.
    const lease = await this.sessions.leaseNow(run.sessionId, `reconciler-${this.name}`);
    const endedMs = Date.now() - Date.parse(run.endedAt ?? run.createdAt);
    if (!lease && endedMs < this.config.options.sessionLeaseMs) return;
    await lease?.release();
    this.logger.log({ runId: id }, 'finished the end of a run');
    await this.ender.release(run);
    await this.cleaner.closePassing(run.sessionId);
  }

  private async ensureJob(run: RunRecord): Promise<void> {
    const place = await this.places.ensure(run.id);
    if (place !== 'slot') return;
    if (await this.dispatcher.knows(run.id)) return;
    this.logger.log({ runId: run.id }, 'a waiting run had no job; it has one again');
    await this.dispatcher.dispatch(run.id);
  }
}
