import { Injectable, Logger } from '@nestjs/common';
import { ClaudeApprovalService } from '../approval/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type ErrorView } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeStreamService, type LogWriter, type NewEvent, type RecordPatch } from '../stream/index.js';
import { ApprovalDesk } from './approval-desk.js';
import { OutageDesk } from './outage-desk.js';
import { RetryBudgetStore } from './retry-budget.store.js';
import { type Return, returnOf } from './return-policy.js';
import { endNow, RunEnder } from './run-ender.js';
import { type RunOutcome } from './run-outcome.js';
import { RunOutages } from './run-outages.js';
import { RunPolicy } from './run-policy.js';
import { RunScheduler } from './run-scheduler.js';
import { RunStore } from './run.store.js';
import { type RunRecord, type WaitingFor } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';
import { type Advice } from './trouble-watch.js';

/** What an attempt met that does not come back with it. */
export interface Met {
  readonly advice: Advice;
  readonly usedMs: number;
}

/** Puts a run that did not end back to those that wait: to be retried, parked, or taken by another worker. */
@Injectable()
export class RunReturner {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly policy: RunPolicy,
    private readonly runs: RunStore,
    private readonly stream: ClaudeStreamService,
    private readonly places: ScheduleStore,
    private readonly scheduler: RunScheduler,
    private readonly ender: RunEnder,
    private readonly metrics: ClaudeMetricsService,
    private readonly approvals: ClaudeApprovalService,
    private readonly desk: ApprovalDesk,
    private readonly budget: RetryBudgetStore,
    private readonly outages: RunOutages,
    private readonly outageDesk: OutageDesk,
  ) {}

  /**
   * Writes the event and the record's state in one step; the run is given a place again by `place`, once nothing of it
   * is left here. What a crash leaves between the two, the reconciler does. One that somebody wants to end is ended
   * now: who asked before that step found it running, at an attempt that was over and heard nothing any more, and who asks
   * after it ends it himself.
   *
   * @param met what the provider asked of who comes again, and the milliseconds that the attempt took
   * @returns false when the outcome is the run's end
   * @throws ClaudeError `stream.stale_writer` when the run is another's by now
   */
  async putBack(
    run: RunRecord,
    writer: LogWriter,
    { state, error, degraded }: Pick<RunOutcome, 'state' | 'error' | 'degraded'>,
    { advice, usedMs }: Met,
  ): Promise<boolean> {
    if (state !== 'failed' || error === null || FINAL.has(error.code)) return false;
    this.outages.note(run, error);
    const maxAttempts = this.policy.maxAttempts(run.request);
    const { failures } = run;
    const nowMs = Date.now();
    const spentMs = run.spentMs + Math.round(usedMs);
    const leftMs = this.config.runTimeoutMs(run.request.timeoutMs) - spentMs;
    const facts = { error, failures, maxAttempts, advice, leftMs, nowMs };
    // The CLI may have gone a step down by itself.
    const carried = { ...run, degraded: degraded ?? run.degraded };
    const how =
      (await this.waitForPeople(run, error)) ??
      (await this.decide(carried, error, returnOf(facts, this.config.options)));
    if (!how) return false;
    const { event, until } = told(how, { ...facts, attempt: run.attempts });
    this.tellStep(writer, how);
    await writer.turn(event, { ...patchOf(how, run, error, until), spentMs: String(spentMs) });
    if (await this.endIfAsked(run)) return true;
    if (how.kind === 'park') await this.places.park(run.owner, how.untilMs);
    this.metrics.count('runsReturned', { why: how.kind });
    this.logger.log({ runId: run.id, code: error.code, why: how.kind, until }, 'a run waits again');
    return true;
  }

  /** Within the budget of all, and as the run wants it where something is out of order. */
  private async decide(run: RunRecord, error: ErrorView, how: Return | null): Promise<Return | null> {
    const decided = this.outages.after(run, { error, how, budgetSpent: false });
    // What was lost is no load on the provider that a retry would add to.
    if (decided?.kind !== 'retry' || decided.delayMs === 0 || (await this.budget.take())) return decided;
    this.logger.warn({ runId: run.id, code: error.code }, 'a run is not retried: the budget of retries is used up');
    return this.outages.after(run, { error, how: null, budgetSpent: true });
  }

  private tellStep(writer: LogWriter, how: Return): void {
    const down = how.kind === 'degrade' ? how : how.kind === 'outage' ? how.down : null;
    if (!down) return;
    const { step, why } = down;
    this.metrics.count('runsDegraded', { step });
    if (how.kind === 'outage') writer.push('run.degraded', { step, why });
  }

  /** Whatever became of who asked, what they asked stands: the run waits for the answers. */
  private async waitForPeople(run: RunRecord, { code }: ErrorView): Promise<Return | null> {
    if (!WAITS_ON.has(code) || !this.policy.approvals(run.request)) return null;
    const open = await this.approvals.openOfRun(run.id, 'waits');
    if (open.length === 0) return code === 'approval.waiting' ? { kind: 'hand_over' } : null;
    return { kind: 'approval', untilMs: Math.min(...open.map(({ deadline }) => Date.parse(deadline))) };
  }

  /** Gives a run that was put back its place among those that wait. Repeatable. */
  async place(run: RunRecord): Promise<void> {
    await this.places.putBack(run.id);
    // The last answer may have come while the run was put back.
    if (this.policy.approvals(run.request)) await this.desk.wake(run.id);
    if (await this.endIfAsked(run)) await this.ender.release(run);
    else await this.joinOutage(run);
    await this.scheduler.beat();
    await this.scheduler.pump();
  }

  private async joinOutage(run: RunRecord): Promise<void> {
    // As it was put back: what is known here is how it was before.
    const { waitingFor, outage } = (await this.runs.get(run.id)) ?? run;
    if (waitingFor === 'outage' && outage !== null)
      await this.outageDesk.join(outage, run, () => this.outages.isOver(run));
  }

  /** @returns whether somebody wanted its end while its attempt had it; it has ended then */
  private async endIfAsked(run: RunRecord): Promise<boolean> {
    const asked = await this.runs.cancelledRunning(run.id);
    if (!asked) return false;
    await endNow(run, asked, this.stream, this.ender);
    return true;
  }
}

/** May succeed later, when somebody has done something about it; another attempt would meet it at once. */
const FINAL: ReadonlySet<string> = new Set(['session.unhealthy']);

/** Ends of an attempt that are none of the run while people are asked. */
const WAITS_ON: ReadonlySet<string> = new Set(['approval.waiting', 'worker.lost', 'worker.stopped', 'session.lost']);

const WAITING: Readonly<Record<Return['kind'], WaitingFor | null>> = {
  retry: 'retry',
  park: 'rate_limit',
  approval: 'approval',
  outage: 'outage',
  degrade: null,
  hand_over: null,
};

interface Told {
  readonly error: ErrorView;
  readonly maxAttempts: number;
  readonly attempt: number;
  readonly nowMs: number;
}

function told(how: Return, { error, maxAttempts, attempt, nowMs }: Told): { event: NewEvent; until: number | null } {
  switch (how.kind) {
    case 'retry': {
      const until = nowMs + how.delayMs;
      const data = { attempt, maxAttempts, error, delayMs: how.delayMs, retryAt: new Date(until).toISOString() };
      return { event: { type: 'run.retrying', data }, until: how.delayMs > 0 ? until : null };
    }
    case 'approval':
    case 'outage':
    case 'park': {
      const until = new Date(how.untilMs).toISOString();
      const retryAt = triedAt(how);
      const data = { attempt, until, retryAt, error: how.kind === 'outage' ? how.error : error };
      return { event: { type: 'run.parked', data }, until: how.untilMs };
    }
    case 'degrade': {
      const { step, why } = how;
      return { event: { type: 'run.degraded', data: { step, why } }, until: null };
    }
    case 'hand_over': {
      const data = { activity: 'hand_over', text: 'Its worker stops; the run goes on at another one.' };
      return { event: { type: 'run.progress', data }, until: null };
    }
  }
}

/** When what is away may be tried next; null: nobody knows. */
const triedAt = (how: Return): string | null => {
  const retryAt = how.kind === 'outage' ? how.error.details['retryAt'] : undefined;
  return typeof retryAt === 'string' ? retryAt : null;
};

function patchOf(how: Return, run: RunRecord, error: ErrorView, until: number | null): RecordPatch {
  const { failures, outageSince, workersLost } = run;
  const down = how.kind === 'degrade' ? how : how.kind === 'outage' ? how.down : null;
  // A step down, or the end of an outage, is a new beginning.
  const counted = how.kind === 'retry' ? failures + 1 : down ? 0 : failures;
  return {
    state: 'pending',
    returned: '1',
    returnedFor: error.code,
    returnedError: JSON.stringify(error),
    waitingSince: new Date().toISOString(),
    activity: null,
    pendingFor: null,
    returnAt: String(until ?? 0),
    failures: String(counted),
    workersLost: String(error.code === 'worker.lost' ? workersLost + 1 : workersLost),
    waitingFor: until === null ? null : WAITING[how.kind],
    waitingUntil: until === null ? null : (triedAt(how) ?? new Date(until).toISOString()),
    ...(down ? { degraded: JSON.stringify({ step: down.step, why: down.why }) } : {}),
    ...(how.kind === 'outage' ? { outageSince: String(outageSince ?? Date.now()), outage: how.outage } : {}),
  };
}
