import { Injectable, Logger } from '@nestjs/common';
import { type HookedCall, steeringText } from '../command/index.js';
import { newRunId, ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelFacts } from '../model/index.js';
import {
  ClaudeSessionService,
  type SessionHold,
  type SessionRecord,
  SessionMcpStore,
  SessionSnapshots,
} from '../session/index.js';
import { ClaudeStreamService, type LogWriter } from '../stream/index.js';
import { ClaudeWrapperService, within } from '../wrapper/index.js';
import { Attempt } from './attempt.js';
import { AttachmentStore } from './attachment.store.js';
import { CancelBus } from './cancel-bus.js';
import { RunPlaces } from './run-places.js';
import { RunBudgets } from './run-budgets.js';
import { RunEnder } from './run-ender.js';
import { type RunOutcome } from './run-outcome.js';
import { RunPolicy } from './run-policy.js';
import { type Claim, RunStore } from './run.store.js';
import { type CancelCode, type RunRecord } from './run.types.js';
import { ToolPolicy } from './tool-policy.js';
import { SessionCleaner } from './session-cleaner.js';

/** A cancel whose message was lost is found in the record. */
const CANCEL_CHECK_MS = 2000;

/** Carries one run from claim to release on this worker. */
@Injectable()
export class RunCarrier {
  private readonly logger = new Logger('Run');
  private readonly carried = new Map<string, AbortController>();
  private readonly working = new Set<Promise<void>>();
  /** Runs that this worker carries at once, at most. */
  concurrency: number;
  private readonly places = new RunPlaces(() => this.concurrency);

  constructor(
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly snapshots: SessionSnapshots,
    private readonly stream: ClaudeStreamService,
    private readonly wrapper: ClaudeWrapperService,
    private readonly policy: RunPolicy,
    private readonly budgets: RunBudgets,
    private readonly attachments: AttachmentStore,
    private readonly toolPolicy: ToolPolicy,
    private readonly mcp: SessionMcpStore,
    private readonly facts: ModelFacts,
    private readonly ender: RunEnder,
    private readonly cleaner: SessionCleaner,
    private readonly cancels: CancelBus,
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

  /** Ends all that this worker carries, for this reason. */
  stopAll(reason: ClaudeError): void {
    for (const controller of this.carried.values()) controller.abort(reason);
  }

  /**
   * Takes a run past the queue, when there is a place for it now: one that the schedule has given a place, or whose session's process
   * waits here. Should this worker die, the reconciler finds a run without a job, or a lost one.
   */
  take(runId: string, known?: RunRecord): boolean {
    if (!this.places.tryTake()) return false;
    this.carryInPlace(runId, known).catch((error: Error) => {
      this.logger.warn({ runId, reason: error.message }, 'a run that was taken at once could not be carried');
    });
    return true;
  }

  /** Whatever the job says: the record decides. Returns when nothing of the run is left on this worker. */
  async carry(runId: string): Promise<void> {
    await this.places.take();
    await this.carryInPlace(runId);
  }

  /** A place here, with the hot process of this session, for a run that is being accepted; null when one is missing. */
  seat(sessionId: string): SessionHold | null {
    if (!this.places.tryTake()) return null;
    const hold = this.sessions.holdHot(sessionId);
    if (!hold) this.places.release();
    return hold;
  }

  /** Nothing came of it. */
  leave(hold: SessionHold): void {
    this.sessions.keepHot(hold);
    this.places.release();
  }

  /** Carries a run that was claimed for a seat. */
  carrySeated(claim: Claim, hold: SessionHold): void {
    const find = () => this.sessions.find(hold.sessionId);
    this.inPlace(this.carryHeld(claim.run, hold, claim, find)).catch((error: Error) => {
      this.logger.warn({ runId: claim.run.id, reason: error.message }, 'a run that was claimed could not be carried');
    });
  }

  private carryInPlace(runId: string, known?: RunRecord): Promise<void> {
    return this.inPlace(this.carryOne(runId, known));
  }

  private async inPlace(work: Promise<void>): Promise<void> {
    this.working.add(work);
    try {
      await work;
    } finally {
      this.working.delete(work);
      this.places.release();
    }
  }

  private async carryOne(runId: string, known?: RunRecord): Promise<void> {
    const before = known ?? (await this.runs.get(runId));
    if (before?.state !== 'pending') return;
    const { sessionId } = before;
    const hold = await this.sessions.hold(sessionId, newRunId(), 2 * this.config.options.sessionLeaseMs, {
      runId,
      // Whoever has the session's process may have begun with it.
      wanted: async () => (await this.runs.get(runId))?.state === 'pending',
    });
    if (!hold && (await this.runs.get(runId))?.state !== 'pending') return;
    if (!hold) throw new ClaudeError('session.busy', { sessionId });
    const session = this.sessions.find(sessionId);
    session.catch(() => undefined);
    await this.carryHeld(before, hold, this.runs.claim(runId), () => session);
  }

  private async carryHeld(
    before: RunRecord,
    hold: SessionHold,
    claiming: Claim | ReturnType<RunStore['claim']>,
    session: () => Promise<SessionRecord | null>,
  ): Promise<void> {
    let ended: { readonly grownToBytes: number } | null = null;
    try {
      const claim = await claiming;
      if (claim === null || typeof claim === 'string') return;
      ended = { grownToBytes: await this.attempt(claim, session, hold) };
    } finally {
      await this.sessions.giveBack(hold, ended);
    }
    await this.ender.release(before);
    if (before.request.keepSession === false) await this.cleaner.closePassing(before.sessionId);
  }

  /** @returns bytes of the workspace where it was found too large, else 0 */
  private async attempt(
    claim: Claim,
    session: () => Promise<SessionRecord | null>,
    hold: SessionHold,
  ): Promise<number> {
    const { run } = claim;
    const controller = new AbortController();
    this.carried.set(run.id, controller);
    this.metrics.set('runsRunning', this.carried.size);
    this.metrics.observe('runWait', (Date.now() - Date.parse(run.createdAt)) / 1000);
    const writer = this.stream.writer(run.id, claim);
    const cleanUp = this.watch(run, controller, hold.lease, writer);
    try {
      return await this.work(claim, session, hold, writer, controller.signal);
    } finally {
      cleanUp();
      this.carried.delete(run.id);
      this.metrics.set('runsRunning', this.carried.size);
    }
  }

  private async work(
    { run, attempt: number }: Claim,
    session: () => Promise<SessionRecord | null>,
    hold: SessionHold,
    writer: LogWriter,
    stop: AbortSignal,
  ): Promise<number> {
    const startedAt = performance.now();
    this.tellSteering(run);
    const attempt = new Attempt(this.sessions, this.snapshots, this.policy, {
      run,
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      mcp: this.mcp,
      veto: (call, signal) => this.veto(run, call, signal),
      attachments: () => this.attachments.blocks(run.id, run.request),
      session,
      hold,
      attempt: number,
      writer,
      stop,
      cliVersion: await this.wrapper.cli().then(
        (cli) => cli.version,
        () => null,
      ),
      onFirstDelta: () => this.metrics.observe('firstDelta', (performance.now() - startedAt) / 1000),
    });
    const outcome = await attempt.carry();
    try {
      await this.ender.end(run, writer, outcome);
    } catch (error) {
      this.logger.warn(
        { runId: run.id, reason: (error as Error).message },
        'the end of a run could not be written by this worker',
      );
    }
    return grownToBytes(outcome);
  }

  private async veto({ id: runId, sessionId, owner }: RunRecord, call: HookedCall, signal: AbortSignal) {
    const veto = await this.toolPolicy.veto(call, { runId, sessionId, owner }, signal);
    if (veto) this.metrics.count('toolsDenied', { by: veto.by });
    return veto;
  }

  /** Nothing of the text itself: what somebody asked is nobody's in a log. */
  private tellSteering(run: RunRecord): void {
    const has = steeringText(run.request.prompt ?? '');
    if (has.length > 0) this.logger.log({ runId: run.id, has }, 'a prompt looks like more than text; it stays text');
  }

  /** Everything from outside that may end the attempt. */
  private watch(
    run: RunRecord,
    controller: AbortController,
    lease: SessionHold['lease'],
    writer: LogWriter,
  ): () => void {
    const stop = (reason: unknown) => controller.abort(reason);
    const cancel = (code: CancelCode) => stop(new ClaudeError(code));
    const timeoutMs = this.config.runTimeoutMs(run.request.timeoutMs);
    const timer = setTimeout(() => stop(new ClaudeError('run.timed_out', { timeoutMs })), timeoutMs);
    const check = setInterval(() => {
      this.runs.cancelRequested(run.id).then(
        (code) => code && cancel(code),
        () => undefined,
      );
    }, CANCEL_CHECK_MS);
    const ends = [lease.lost, writer.lost, writer.exceeded].map((signal) => ({
      signal,
      listener: () => stop(signal.reason),
    }));
    for (const { signal, listener } of ends) signal.addEventListener('abort', listener);
    // One that was asked for between the claim and now; nobody waits for the answer.
    const { heard, unlisten } = this.cancels.listen(run.id, cancel);
    heard
      .then(() => this.runs.cancelRequested(run.id))
      .then(
        (asked) => asked && cancel(asked),
        () => undefined,
      );
    return () => {
      clearTimeout(timer);
      clearInterval(check);
      for (const { signal, listener } of ends) signal.removeEventListener('abort', listener);
      unlisten();
    };
  }
}

/** Size of a workspace that ended its run; its next agent may not let it grow, but has to live to make it smaller. */
function grownToBytes({ error }: RunOutcome): number {
  const value = error?.code === 'cli.workspace_exceeded' ? error.details['value'] : 0;
  return typeof value === 'number' ? value : 0;
}
