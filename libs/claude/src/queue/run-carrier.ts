import { Injectable, Logger } from '@nestjs/common';
import { newRunId, ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelFacts } from '../model/index.js';
import { ClaudeSessionService, type RunLeft, type SessionHold, type SessionRecord } from '../session/index.js';
import { ClaudeStreamService } from '../stream/index.js';
import { within } from '../wrapper/index.js';
import { runContext } from './run-context.js';
import { Quarantine } from './quarantine.js';
import { RunPlaces } from './run-places.js';
import { RunAttempts } from './run-attempts.js';
import { type TellProgress, type Work } from './run-attempts.types.js';
import { RunEnder } from './run-ender.js';
import { leftBy } from './run-left.js';
import { lossOf } from './run-loss.js';
import { RunReturner } from './run-returner.js';
import { type Claim, RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';
import { RunWatcher } from './run-watcher.js';
import { TroubleWatch } from './trouble-watch.js';
import { SessionCleaner } from './session-cleaner.js';

/** A session that another worker keeps for longer is told. */
const SLOW_LEASE_MS = 500;

/** What an attempt leaves. */
interface Ended extends RunLeft {
  /** It waits again. One that is not settled may be another worker's by now, and its places are not ours to free. */
  readonly isReturned: boolean;
}

/** Of one whose end no outcome told. */
const UNKNOWN: Ended = { isSettled: false, isReturned: false, grownToBytes: 0, crashed: null };

/** Carries one run from claim to release on this worker. */
@Injectable()
export class RunCarrier {
  private readonly logger = new Logger('Run');
  private readonly carried = new Map<string, { readonly run: RunRecord; readonly controller: AbortController }>();
  private readonly working = new Set<Promise<unknown>>();
  private stopped: ClaudeError | null = null;
  /** Runs that this worker carries at once, at most. */
  concurrency: number;
  private readonly places = new RunPlaces(() => this.concurrency);

  constructor(
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly attempts: RunAttempts,
    private readonly facts: ModelFacts,
    private readonly ender: RunEnder,
    private readonly returner: RunReturner,
    private readonly cleaner: SessionCleaner,
    private readonly watcher: RunWatcher,
    private readonly quarantine: Quarantine,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {
    this.concurrency = config.options.workerConcurrency;
  }

  get count(): number {
    return this.carried.size;
  }

  /** Resolves when nothing is carried any more, or the time is over. */
  async idle(limitMs: number): Promise<void> {
    await within(limitMs, Promise.allSettled(this.working));
  }

  /** Ends all that this worker carries, for this reason. @param culprit the run with which it dies */
  stopAll(reason: ClaudeError, culprit: string | null = null): void {
    this.stopped = reason;
    for (const { run, controller } of this.carried.values())
      controller.abort(run.id === culprit ? lossOf(run, this.config.options) : reason);
  }

  /**
   * Takes a run past the queue, when there is a place for it now: one that the schedule has given a place, or whose session's process
   * waits here. Should this worker die, the reconciler finds a run without a job, or a lost one.
   */
  take(runId: string, known?: RunRecord): boolean {
    if (this.quarantine.isClosed || !this.places.tryTake()) return false;
    this.goOn(runId, this.carryInPlace(runId, known));
    return true;
  }

  /**
   * Whatever the job says: the record decides. Returns when nothing of the run is left on this worker.
   *
   * @param tell hears how far it is
   * @returns a run that waits again, for `place` once its job is done: the next one has the same id
   */
  async carry(runId: string, tell: TellProgress): Promise<RunRecord | null> {
    await this.places.take();
    return this.carryInPlace(runId, undefined, tell);
  }

  /** A run that waits again gets its place among the others. */
  place(run: RunRecord): Promise<void> {
    return this.track(this.returner.place(run));
  }

  /** A place for a run that is being accepted; `freePlace` or `carrySeated` gives it back. */
  tryPlace(): boolean {
    return !this.quarantine.isClosed && this.places.tryTake();
  }

  freePlace(): void {
    this.places.release();
  }

  /** Carries a run that was claimed at its acceptance, in the place that was taken for it. */
  carrySeated(claim: Claim, hold: SessionHold, session: () => Promise<SessionRecord | null>): void {
    const leave = this.quarantine.begin();
    this.goOn(claim.run.id, this.inPlace(this.carryHeld(claim.run, hold, claim, session).finally(leave)));
  }

  /** Of a run that no job waits for. */
  private goOn(runId: string, work: Promise<RunRecord | null>): void {
    work
      .then((returned) => returned && this.place(returned))
      .catch((error: Error) => {
        this.logger.warn({ runId, reason: error.message }, 'a run that was taken at once could not be carried');
      });
  }

  private carryInPlace(runId: string, known?: RunRecord, tell?: TellProgress): Promise<RunRecord | null> {
    return this.inPlace(this.carryOne(runId, known, tell));
  }

  private async inPlace(work: Promise<RunRecord | null>): Promise<RunRecord | null> {
    try {
      return await this.track(work);
    } finally {
      this.places.release();
    }
  }

  private async track<T>(work: Promise<T>): Promise<T> {
    this.working.add(work);
    try {
      return await work;
    } finally {
      this.working.delete(work);
    }
  }

  private async carryOne(runId: string, known?: RunRecord, tell?: TellProgress): Promise<RunRecord | null> {
    // Its job came while everything was stopped: the reconciler of another worker gives it a new one.
    if (this.stopped) return null;
    const before = known ?? (await this.runs.get(runId));
    if (before?.state !== 'pending') return null;
    const isSuspect = before.workersLost > 0;
    if (isSuspect) this.runs.tellPending(runId, 'alone');
    const leave = await this.quarantine.enter(isSuspect);
    return this.carryPending(before, tell).finally(leave);
  }

  private async carryPending(before: RunRecord, tell?: TellProgress): Promise<RunRecord | null> {
    const { id: runId, sessionId } = before;
    const slow = setTimeout(() => this.runs.tellPending(runId, 'lease'), SLOW_LEASE_MS);
    const holding = this.sessions.hold(sessionId, newRunId(), 2 * this.config.options.sessionLeaseMs, {
      runId,
      // Whoever has the session's process may have begun with it.
      wanted: async () => (await this.runs.get(runId))?.state === 'pending',
    });
    const hold = await holding.finally(() => clearTimeout(slow));
    if (!hold && (await this.runs.get(runId))?.state !== 'pending') return null;
    if (!hold) throw new ClaudeError('session.busy', { sessionId });
    const session = this.sessions.find(sessionId);
    session.catch(() => undefined);
    return this.carryHeld(before, hold, this.runs.claim(runId), () => session, tell);
  }

  private async carryHeld(
    before: RunRecord,
    hold: SessionHold,
    claiming: Claim | ReturnType<RunStore['claim']>,
    session: () => Promise<SessionRecord | null>,
    tell?: TellProgress,
  ): Promise<RunRecord | null> {
    let ended: Ended | null = null;
    try {
      const claim = await claiming;
      if (claim === null || typeof claim === 'string') return null;
      ended = UNKNOWN;
      ended = await runContext.within(claim.run.id, () => this.attempt(claim, session, hold, tell));
    } finally {
      await this.sessions.giveBack(hold, ended);
    }
    if (ended.isReturned) return before;
    // A write that was not answered may have counted all the same; the reconciler finishes such an end.
    if (!ended.isSettled) return null;
    await this.ender.release(before);
    if (before.request.keepSession === false) await this.cleaner.closePassing(before.sessionId);
    return null;
  }

  private async attempt(
    claim: Claim,
    session: () => Promise<SessionRecord | null>,
    hold: SessionHold,
    tell?: TellProgress,
  ): Promise<Ended> {
    const { run } = claim;
    const controller = new AbortController();
    this.carried.set(run.id, { run, controller });
    // It was on its way here when all others were told.
    if (this.stopped) controller.abort(this.stopped);
    this.metrics.set('runsRunning', this.carried.size);
    this.metrics.observe('runWait', (Date.now() - Date.parse(run.createdAt)) / 1000);
    const writer = this.stream.writer(run.id, claim);
    const { clock, cleanUp } = this.watcher.watch(run, controller, hold.lease, writer);
    try {
      return await this.work(claim, session, { hold, writer, clock, stop: controller.signal, tell });
    } finally {
      cleanUp();
      this.carried.delete(run.id);
      this.metrics.set('runsRunning', this.carried.size);
    }
  }

  private async work(claim: Claim, session: () => Promise<SessionRecord | null>, at: Work): Promise<Ended> {
    const { run } = claim;
    const { writer, clock } = at;
    using trouble = new TroubleWatch(this.facts, run.id);
    const outcome = await this.attempts.carry(claim, session, at);
    let [isSettled, isReturned] = [false, false];
    try {
      const met = { advice: trouble.advice, usedMs: clock.usedMs };
      isReturned = await this.returner.putBack(run, writer, outcome, met);
      if (!isReturned) await this.ender.end(run, writer, outcome);
      isSettled = true;
    } catch (error) {
      this.logger.warn(
        { runId: run.id, reason: (error as Error).message },
        'the end of a run could not be written by this worker',
      );
    }
    return { ...leftBy(outcome), isSettled, isReturned };
  }
}
