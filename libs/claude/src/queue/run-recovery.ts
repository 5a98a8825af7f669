import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeApprovalService } from '../approval/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeSessionService } from '../session/index.js';
import { ClaudeStreamService } from '../stream/index.js';
import { RunEnder } from './run-ender.js';
import { outcomeOfError } from './run-outcome.js';
import { lossOf } from './run-loss.js';
import { RunReturner } from './run-returner.js';
import { RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';
import { SessionCleaner } from './session-cleaner.js';
import { NO_ADVICE } from './trouble-watch.js';

/** For a supervisor that was told to end its agent, until nothing is left of that. */
const SLACK_MS = 500;
/** In this time a worker that lives says so. */
const BEAT_WAIT_MS = 1500;

/** Runs whose worker is gone, or stuck: they wait again for another worker, or end where nobody wants them to go on. */
@Injectable()
export class RunRecovery {
  private readonly logger = new Logger('Run');
  private readonly recovering = new Map<string, Promise<void>>();

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly returner: RunReturner,
    private readonly ender: RunEnder,
    private readonly cleaner: SessionCleaner,
    private readonly schedule: ScheduleStore,
    private readonly approvals: ClaudeApprovalService,
  ) {}

  /** Does nothing while somebody has the lease of the session. Many runs are recovered at the same time. */
  async recover(run: RunRecord): Promise<void> {
    if (this.recovering.has(run.id)) return;
    const holder = `recovery-${randomUUID()}`;
    // A run that began may have ended since it was looked at, and its process waits for the next one.
    const lease = await (run.state === 'running'
      ? this.sessions.leaseNow(run.sessionId, holder)
      : this.sessions.lease(run.sessionId, holder, 0));
    if (!lease) return;
    const work = this.underLease(run, lease.epoch)
      .finally(() => lease.release())
      .then((returned) => this.settle(run, returned))
      .catch((error: Error) => this.logger.warn({ runId: run.id, reason: error.message }, 'a lost run could not go on'))
      .finally(() => this.recovering.delete(run.id));
    this.recovering.set(run.id, work);
  }

  async idle(): Promise<void> {
    await Promise.all(this.recovering.values());
  }

  /** @returns whether the run waits again; null when there was nothing to do */
  private async underLease(found: RunRecord, leaseEpoch: number): Promise<boolean | null> {
    const since = Date.now();
    if (found.state === 'running') await delay(Math.max(BEAT_WAIT_MS, this.graceMs));
    const run = await this.runs.get(found.id);
    const lost = run?.state === 'running' || (run?.state === 'pending' && run.cancelRequested !== null);
    if (!run || !lost) return null;
    const taken = await this.stream.takeOver(run.id);
    if (!taken) return null;
    const error = run.cancelRequested ? new ClaudeError(run.cancelRequested) : await this.lossOf(run, since);
    const outcome = outcomeOfError(error, null);
    const usedMs = run.claimedAt === null ? 0 : Date.now() - Date.parse(run.claimedAt);
    const returned = await this.returner.putBack(run, taken.writer, outcome, { advice: NO_ADVICE, usedMs });
    if (!returned) await this.ender.end(run, taken.writer, outcome);
    await this.sessions.rest(run.sessionId, leaseEpoch);
    return returned;
  }

  /** A worker that lives has only lost the session, as all of them do while Redis is away: no run has killed it. */
  private async lossOf(run: RunRecord, since: number): Promise<ClaudeError> {
    const lives = run.worker !== null && (await this.schedule.lastBeat(run.worker)) > since;
    if (lives) return new ClaudeError('session.lost', { sessionId: run.sessionId });
    return (await this.waited(run)) ? new ClaudeError('approval.waiting') : lossOf(run, this.config.options);
  }

  /** Who waits for people kills no worker; they may have answered since. What they decided before this attempt is no excuse. */
  private async waited({ id, claimedAt }: RunRecord): Promise<boolean> {
    const asked = await this.approvals.ofRun(id);
    return asked.some(
      ({ state, resolution, delivered, requestedAt }) =>
        state === 'open' || (delivered === null && resolution?.by !== 'withdrawn' && requestedAt > (claimedAt ?? '')),
    );
  }

  private async settle(run: RunRecord, returned: boolean | null): Promise<void> {
    if (returned === null) return;
    if (returned) return this.returner.place(run);
    await this.ender.release(run);
    await this.cleaner.closePassing(run.sessionId);
  }

  /**
   * The lease of a worker that is stuck is over when its supervisors still have a moment: they were heard from last when
   * it stuck, and the lease was renewed up to a third of its time before that.
   */
  private get graceMs(): number {
    const { sessionLeaseMs, renewDeadlineMs, killGraceMs } = this.config.options;
    return Math.max(0, renewDeadlineMs - (2 / 3) * sessionLeaseMs) + killGraceMs + SLACK_MS;
  }
}
