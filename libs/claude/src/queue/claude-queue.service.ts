import { setImmediate as nextTurn } from 'node:timers/promises';
import { BullRegistrar } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type SlashCommand } from '../command/index.js';
import { ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeConfigService, isId, newRunId, type RunId, type Share, shareOf } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudePressureService } from '../pressure/index.js';
import { ClaudeSessionService, type Owner, type Page } from '../session/index.js';
import { ClaudeStreamService, type Frame } from '../stream/index.js';
import { within } from '../wrapper/index.js';
import { AttachmentStore } from './attachment.store.js';
import { Quarantine } from './quarantine.js';
import { Reconciler } from './reconciler.js';
import { RedisWatch } from './redis-watch.js';
import { RunBudgets } from './run-budgets.js';
import { RunCarrier } from './run-carrier.js';
import { RunControlService } from './run-control.service.js';
import { RunDispatcher } from './run-dispatcher.js';
import { type RunInput } from './run-input.store.js';
import { RunPolicy, unknownCommand } from './run-policy.js';
import { viewOf } from './run-record.js';
import { RunProcessor } from './run.processor.js';
import { RunScheduler } from './run-scheduler.js';
import { RunSeats } from './run-seats.js';
import { type RunFilter, RunStore } from './run.store.js';
import { type RunPlace, type RunRecord, type RunRequest, type RunView } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';
import { SessionCleaner } from './session-cleaner.js';
import { terminalFrameOf } from './terminal-frame.js';

/** Time that ended runs have to leave the worker after they were told to stop. */
const END_SLACK_MS = 10_000;
/** Time that BullMQ has to close once nothing runs. */
const CLOSE_WAIT_MS = 2000;

/** Decides when and where a run starts; accepts, lists and cancels them. */
@Injectable()
export class ClaudeQueueService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ClaudeQueueService.name);
  private draining = false;
  /** This worker takes nothing new; it still answers, and accepts what others then carry. */
  private drainedByOperator = false;
  /** BullMQ gives this worker nothing. */
  private paused = false;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly policy: RunPolicy,
    private readonly attachments: AttachmentStore,
    private readonly budgets: RunBudgets,
    private readonly dispatcher: RunDispatcher,
    private readonly scheduler: RunScheduler,
    private readonly schedule: ScheduleStore,
    private readonly control: RunControlService,
    private readonly carrier: RunCarrier,
    private readonly seats: RunSeats,
    private readonly reconciler: Reconciler,
    private readonly cleaner: SessionCleaner,
    private readonly processor: RunProcessor,
    private readonly metrics: ClaudeMetricsService,
    private readonly pressure: ClaudePressureService,
    private readonly quarantine: Quarantine,
    private readonly moduleRef: ModuleRef,
    private readonly breakers: ClaudeBreakerService,
    private readonly redisWatch: RedisWatch,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.options.role === 'api') return;
    const takeHere = (runId: string, known?: RunRecord) => this.takesHere && this.carrier.take(runId, known);
    const usual: RunRequest = { prompt: '' };
    await this.sessions.keepWarm({ profile: this.policy.profile(usual), hooks: this.policy.hooks(usual) }, takeHere);
    this.moduleRef.get(BullRegistrar, { strict: false }).register();
    this.processor.worker.concurrency = this.config.options.workerConcurrency;
    this.reconciler.start();
    this.cleaner.start();
    this.scheduler.start({
      state: () => ({
        concurrency: this.processor.worker.concurrency,
        running: this.carrier.count,
        draining: this.draining || this.drainedByOperator || this.holdsBack,
        breakers: this.breakers.views,
      }),
      follow: ({ concurrency, draining = false }) => {
        this.drainedByOperator = draining;
        this.pauseOrResume();
        if (concurrency === undefined) return;
        this.processor.worker.concurrency = concurrency;
        this.carrier.concurrency = concurrency;
      },
      take: takeHere,
    });
  }

  /** Takes nothing new, lets the running end within the grace period, ends the rest. */
  async onModuleDestroy(): Promise<void> {
    this.draining = true;
    if (this.config.options.role === 'api') return;
    const { shutdownGraceMs } = this.config.options;
    this.pauseOrResume();
    void this.scheduler.beat();
    await Promise.all([this.reconciler.stop(), this.cleaner.stop()]);
    if (this.carrier.count > 0)
      this.logger.log({ running: this.carrier.count, shutdownGraceMs }, 'waiting for running work');
    const grace = setTimeout(() => this.carrier.stopAll(new ClaudeError('worker.stopped')), shutdownGraceMs);
    // BullMQ waits for its Redis before it lets go; one that is away must not keep this process from ending.
    const closed = this.processor.worker.close();
    await this.carrier.idle(shutdownGraceMs + END_SLACK_MS);
    // Also what the last jobs leave to wait for another worker.
    if (!(await within(CLOSE_WAIT_MS, closed))) await within(CLOSE_WAIT_MS, this.processor.worker.close(true));
    clearTimeout(grace);
    await this.carrier.idle(CLOSE_WAIT_MS);
  }

  /** BullMQ would go on to give this worker what has a place elsewhere. */
  private pauseOrResume(): void {
    const paused = this.draining || this.drainedByOperator || this.holdsBack;
    if (paused === this.paused) return;
    this.paused = paused;
    const { worker } = this.processor;
    const turned = paused ? worker.pause(true) : worker.resume();
    turned.catch((error: Error) => this.logger.warn({ paused, reason: error.message }, 'BullMQ was not told'));
  }

  /** Nothing new for now: this process is short of something, or a run has to be alone on it. */
  private get holdsBack(): boolean {
    return this.pressure.short.length > 0 || this.quarantine.isClosed;
  }

  private get takesHere(): boolean {
    return this.config.options.role !== 'api' && !this.draining && !this.drainedByOperator && !this.holdsBack;
  }

  /** @throws ClaudeError `queue.draining` or `server.overloaded` where this server takes no new work */
  checkOpen(): void {
    if (this.draining) throw new ClaudeError('queue.draining');
    this.pressure.check();
  }

  /** Gives what this worker carries to others at once. @param culprit the run that counts as lost with this worker */
  async abandon(culprit: string | null): Promise<void> {
    this.draining = true;
    // What it gives away it would be given at once.
    if (this.config.options.role !== 'api') this.pauseOrResume();
    this.carrier.stopAll(new ClaudeError('worker.stopped'), culprit);
    await this.carrier.idle(this.config.options.faultGraceMs);
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** Number of runs that this worker carries now. */
  get running(): number {
    return this.carrier.count;
  }

  /** Accepted runs that have not ended, of all workers. */
  openCount(): Promise<number> {
    return this.runs.openCount();
  }

  /** Place of a waiting run, 1 is next; null when it does not wait. */
  async position(id: string): Promise<number | null> {
    return (await this.runs.isWaiting(id)) ? this.schedule.position(id) : null;
  }

  /**
   * Accepts a run: from the moment this returns it will end, whatever crashes. With an id that was accepted before it
   * changes nothing and answers that run.
   *
   * @throws ClaudeError `request.invalid`, `attachments.*`, `policy.denied`, `budget.exceeded`, `session.*`, `queue.*`, `server.overloaded`; nothing was accepted then
   */
  async submit(given: RunRequest, owner: Owner, id: RunId = newRunId()): Promise<RunView> {
    this.checkOpen();
    this.policy.check(given);
    this.redisWatch.check();
    await this.checkCommand(given);
    if (given.sessionId !== undefined && !isId(given.sessionId)) throw new ClaudeError('session.not_found');
    if (given.busyPolicy === 'steer' && given.sessionId !== undefined) {
      const steered = await this.control.steer(given.sessionId, owner, { id, text: given.prompt ?? '' });
      if (steered) return steered;
    }
    const request = await this.attachments.take(id, given);
    const drop = () => this.attachments.remove(id).catch(() => undefined);
    const seat = await this.seats.take(request, owner, this.takesHere).catch(async (error: unknown) => {
      await drop();
      throw error;
    });
    const accepting = this.runs.accept({
      id,
      owner,
      sessionId: seat.sessionId,
      request,
      maxWaiting: this.config.options.queueMaxWaiting,
      share: this.shareOf(owner),
      reservation: this.budgets.reservation(request, owner),
      claim: seat.hold !== null,
    });
    const { behind, interrupts, placed, claim, run } = await accepting.catch(async (error: unknown) => {
      void this.seats.leave(seat);
      // Without an answer it may have been accepted all the same, and then needs its session.
      if (error instanceof ClaudeError && error.code !== 'queue.unavailable')
        await Promise.all([drop(), this.seats.drop(seat)]);
      throw error;
    });
    if (claim) this.seats.begin(claim, seat);
    else void this.seats.leave(seat);
    // The prompt has the longer way: it goes before the answer to who asked.
    if (claim) await nextTurn();
    if (behind < 0) {
      await this.seats.drop(seat);
      return this.get(id, owner);
    }
    this.metrics.count('runsSubmitted');
    // It may have ended by itself meanwhile.
    if (interrupts) await this.control.interrupt(interrupts, owner).catch(ignoreNotFound);
    // What goes wrong with it the next beat finds.
    void this.scheduler.begin(placed, run);
    return viewOf(run);
  }

  /** @throws ClaudeError `run.not_found`, also for a run of somebody else */
  async get(id: string, owner: Owner): Promise<RunView> {
    return viewOf(await this.control.record(id, owner));
  }

  /** Where a run stands. @throws ClaudeError `run.not_found`, also for a run of somebody else */
  place(id: string, owner: Owner): Promise<RunPlace> {
    return this.control.place(id, owner);
  }

  /** The terminal event of an ended run, as its record knows it. */
  async terminalFrame(id: string): Promise<Frame | null> {
    const run = await this.runs.get(id);
    return run && terminalFrameOf(run);
  }

  async list(owner: Owner, filter: RunFilter, limit: number, cursor?: string): Promise<Page<RunView>> {
    const { data, nextCursor } = await this.runs.list(owner, filter, limit, cursor);
    return { data: data.map(viewOf), nextCursor };
  }

  /**
   * Says something to a running run, or, with `enqueue`, makes a run of its own of it when that has ended.
   *
   * @throws ClaudeError what `RunControlService.input` and `submit` throw
   */
  async input(id: string, owner: Owner, said: RunInput, ifEnded: 'reject' | 'enqueue'): Promise<RunView> {
    try {
      return await this.control.input(id, owner, said);
    } catch (error) {
      if (ifEnded === 'reject' || !(error instanceof ClaudeError) || error.code !== 'input.run_ended') throw error;
    }
    const { sessionId } = await this.place(id, owner);
    return this.submit({ prompt: said.text, sessionId }, owner, said.id as RunId);
  }

  /** Ids of the runs of a session that have not ended, in their order. */
  queueOfSession(sessionId: string): Promise<string[]> {
    return this.runs.queueOfSession(sessionId);
  }

  /**
   * Slash commands and skills that a request may name: those that the CLI offers and the policy allows.
   *
   * @throws ClaudeError `cli.*` when no CLI is here
   */
  async commands(): Promise<readonly SlashCommand[]> {
    return (await this.sessions.commands()).filter(({ name }) => this.policy.allowsCommand(name));
  }

  /** Where no CLI is here, or the workspace may bring commands of its own, the attempt finds out. */
  private async checkCommand({ command, settingSources = [] }: RunRequest): Promise<void> {
    if (!command || settingSources.length > 0) return;
    const known = await this.commands().catch(() => null);
    if (known && !known.some(({ name }) => name === command.name)) throw unknownCommand(command.name);
  }

  /** Who has no process left starts none: the run waits for its turn instead of for a process. */
  private shareOf(owner: Owner): Share {
    const share = shareOf(this.config.options.shares, owner);
    const bounds = [share.concurrency, this.config.options.maxOwnerProcesses].filter((bound) => bound > 0);
    return { ...share, concurrency: bounds.length > 0 ? Math.min(...bounds) : 0 };
  }
}

const ignoreNotFound = (error: unknown): void => {
  if (!(error instanceof ClaudeError) || error.code !== 'run.not_found') throw error;
};
