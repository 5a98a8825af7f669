import { Injectable, Logger } from '@nestjs/common';
import { steeringText } from '../command/index.js';
import { newRunId, ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelFacts } from '../model/index.js';
import { ClaudeSessionService, type SessionLease } from '../session/index.js';
import { ClaudeStreamService, type LogWriter } from '../stream/index.js';
import { ClaudeWrapperService, within } from '../wrapper/index.js';
import { Attempt } from './attempt.js';
import { CancelBus } from './cancel-bus.js';
import { RunBudgets } from './run-budgets.js';
import { RunEnder } from './run-ender.js';
import { outcomeOfError, type RunOutcome } from './run-outcome.js';
import { RunPolicy } from './run-policy.js';
import { type Claim, RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';

/** A cancel whose message was lost is found in the record. */
const CANCEL_CHECK_MS = 2000;

/** Carries one run from claim to release on this worker. */
@Injectable()
export class RunCarrier {
  private readonly logger = new Logger('Run');
  private readonly carried = new Map<string, AbortController>();
  private readonly working = new Set<Promise<void>>();

  constructor(
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly wrapper: ClaudeWrapperService,
    private readonly policy: RunPolicy,
    private readonly budgets: RunBudgets,
    private readonly facts: ModelFacts,
    private readonly ender: RunEnder,
    private readonly cancels: CancelBus,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

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

  /** Whatever the job says: the record decides. Returns when nothing of the run is left on this worker. */
  async carry(runId: string): Promise<void> {
    const work = this.carryOne(runId);
    this.working.add(work);
    await work.finally(() => this.working.delete(work));
  }

  private async carryOne(runId: string): Promise<void> {
    const before = await this.runs.get(runId);
    if (before?.state !== 'pending') return;
    const { sessionLeaseMs } = this.config.options;
    const lease = await this.sessions.lease(before.sessionId, newRunId(), 2 * sessionLeaseMs);
    if (!lease) throw new ClaudeError('session.busy', { sessionId: before.sessionId });
    try {
      const claim = await this.runs.claim(runId);
      const run = await this.runs.get(runId);
      if (claim === null || typeof claim === 'string' || !run) return;
      await this.attempt(run, claim, lease);
    } finally {
      await lease.release();
    }
    await this.ender.release(before);
  }

  private async attempt(run: RunRecord, claim: Claim, lease: SessionLease): Promise<void> {
    const controller = new AbortController();
    this.carried.set(run.id, controller);
    this.metrics.set('runsRunning', this.carried.size);
    this.metrics.observe('runWait', (Date.now() - Date.parse(run.createdAt)) / 1000);
    const writer = this.stream.writer(run.id, claim);
    const cleanUp = await this.watch(run, controller, lease, writer);
    try {
      await this.work(run, claim, writer, controller.signal);
    } finally {
      cleanUp();
      this.carried.delete(run.id);
      this.metrics.set('runsRunning', this.carried.size);
    }
  }

  private async work(run: RunRecord, claim: Claim, writer: LogWriter, stop: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const session = await this.sessions.find(run.sessionId);
    if (!session) return this.ender.end(run, writer, outcomeOfError(new ClaudeError('session.closed'), null));
    this.tellSteering(run);
    const attempt = new Attempt(this.sessions, this.policy, {
      run,
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      session,
      attempt: claim.attempt,
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
    } finally {
      await attempt.close();
      await this.sessions.giveBack(run.sessionId, grownToBytes(outcome));
    }
  }

  /** Nothing of the text itself: what somebody asked is nobody's in a log. */
  private tellSteering(run: RunRecord): void {
    const has = steeringText(run.request.prompt ?? '');
    if (has.length > 0) this.logger.log({ runId: run.id, has }, 'a prompt looks like more than text; it stays text');
  }

  /** Everything from outside that may end the attempt. */
  private async watch(
    run: RunRecord,
    controller: AbortController,
    lease: SessionLease,
    writer: LogWriter,
  ): Promise<() => void> {
    const stop = (reason: unknown) => controller.abort(reason);
    const cancel = () => stop(new ClaudeError('run.cancelled'));
    const timeoutMs = this.config.runTimeoutMs(run.request.timeoutMs);
    const timer = setTimeout(() => stop(new ClaudeError('run.timed_out', { timeoutMs })), timeoutMs);
    const check = setInterval(() => {
      this.runs.cancelRequested(run.id).then(
        (asked) => asked && cancel(),
        () => undefined,
      );
    }, CANCEL_CHECK_MS);
    const ends = [lease.lost, writer.lost, writer.exceeded].map((signal) => ({
      signal,
      listener: () => stop(signal.reason),
    }));
    for (const { signal, listener } of ends) signal.addEventListener('abort', listener);
    const unlisten = await this.cancels.listen(run.id, cancel);
    if (await this.runs.cancelRequested(run.id)) cancel();
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
