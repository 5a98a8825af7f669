import { Injectable, Logger } from '@nestjs/common';
import { ClaudeApprovalService } from '../approval/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type ErrorView } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeStreamService, type LogWriter, type NewEvent, type RecordPatch } from '../stream/index.js';
import { ApprovalDesk } from './approval-desk.js';
import { type Return, returnOf } from './return-policy.js';
import { endNow, RunEnder } from './run-ender.js';
import { type RunOutcome } from './run-outcome.js';
import { RunPolicy } from './run-policy.js';
import { RunScheduler } from './run-scheduler.js';
import { RunStore } from './run.store.js';
import { type RunRecord, type WaitingFor } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';

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
  ) {}

  /**
   * Writes the event and the record's state in one step; the run is given a place again by `place`, once nothing of it
   * is left here. What a crash leaves between the two, the reconciler does. One that somebody wants to end is ended
   * now: who asked before that step found it running, at an attempt that was over and heard nothing any more, and who asks
   * after it ends it himself.
   *
   * @param limitedUntilMs end of the provider's limit that the run met (epoch ms); null for none
   * @returns false when the outcome is the run's end
   * @throws ClaudeError `stream.stale_writer` when the run is another's by now
   */
  async putBack(
    run: RunRecord,
    writer: LogWriter,
    { state, error }: Pick<RunOutcome, 'state' | 'error'>,
    limitedUntilMs: number | null,
  ): Promise<boolean> {
    if (state !== 'failed' || error === null || FINAL.has(error.code)) return false;
    const maxAttempts = this.policy.maxAttempts(run.request);
    const { failures } = run;
    const nowMs = Date.now();
    const facts = { error, failures, maxAttempts, limitedUntilMs, nowMs };
    const how = (await this.waitForPeople(run, error)) ?? returnOf(facts, this.config.options);
    if (!how) return false;
    const { event, until } = told(how, { ...facts, attempt: run.attempts });
    await writer.turn(event, patchOf(how, error, run, until));
    if (await this.endIfAsked(run)) return true;
    if (how.kind === 'park') await this.places.park(run.owner, how.untilMs);
    this.metrics.count('runsReturned', { why: how.kind });
    this.logger.log({ runId: run.id, code: error.code, why: how.kind, until }, 'a run waits again');
    return true;
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
    await this.scheduler.beat();
    await this.scheduler.pump();
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
    case 'park': {
      const data = { until: new Date(how.untilMs).toISOString(), error };
      return { event: { type: 'run.parked', data }, until: how.untilMs };
    }
    case 'hand_over': {
      const data = { activity: 'hand_over', text: 'Its worker stops; the run goes on at another one.' };
      return { event: { type: 'run.progress', data }, until: null };
    }
  }
}

function patchOf(
  how: Return,
  error: ErrorView,
  { failures, workersLost }: Pick<RunRecord, 'failures' | 'workersLost'>,
  until: number | null,
): RecordPatch {
  return {
    state: 'pending',
    returned: '1',
    returnedFor: error.code,
    waitingSince: new Date().toISOString(),
    activity: null,
    pendingFor: null,
    returnAt: String(until ?? 0),
    failures: String(how.kind === 'retry' ? failures + 1 : failures),
    workersLost: String(error.code === 'worker.lost' ? workersLost + 1 : workersLost),
    waitingFor: until === null ? null : WAITING[how.kind],
    waitingUntil: until === null ? null : new Date(until).toISOString(),
  };
}
