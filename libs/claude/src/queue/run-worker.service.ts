import { BullRegistrar } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudePressureService } from '../pressure/index.js';
import { ClaudeSessionService } from '../session/index.js';
import { within } from '../wrapper/index.js';
import { Quarantine } from './quarantine.js';
import { Reconciler } from './reconciler.js';
import { RunCarrier } from './run-carrier.js';
import { RunPolicy } from './run-policy.js';
import { RunProcessor } from './run.processor.js';
import { RunScheduler } from './run-scheduler.js';
import { type RunRecord, type RunRequest } from './run.types.js';
import { SessionCleaner } from './session-cleaner.js';
import { type WorkerWish } from './worker.types.js';

/** Time that ended runs have to leave the worker after they were told to stop. */
const END_SLACK_MS = 10_000;
/** Time that BullMQ has to close once nothing runs. */
const CLOSE_WAIT_MS = 2000;

/** What this process does as a worker: it takes runs, takes none for now, gives them to others, ends. In role `api` it takes none. */
@Injectable()
export class RunWorkerService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Worker');
  private draining = false;
  /** This worker takes nothing new; it still answers, and accepts what others then carry. */
  private drainedByOperator = false;
  /** BullMQ gives this worker nothing. */
  private paused = false;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly sessions: ClaudeSessionService,
    private readonly policy: RunPolicy,
    private readonly scheduler: RunScheduler,
    private readonly carrier: RunCarrier,
    private readonly reconciler: Reconciler,
    private readonly cleaner: SessionCleaner,
    private readonly processor: RunProcessor,
    private readonly pressure: ClaudePressureService,
    private readonly quarantine: Quarantine,
    private readonly breakers: ClaudeBreakerService,
    private readonly moduleRef: ModuleRef,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.works) return;
    const take = (runId: string, known?: RunRecord) => this.takesHere && this.carrier.take(runId, known);
    const usual: RunRequest = { prompt: '' };
    await this.sessions.keepWarm({ profile: this.policy.profile(usual), hooks: this.policy.hooks(usual) }, take);
    this.moduleRef.get(BullRegistrar, { strict: false }).register();
    this.processor.worker.concurrency = this.config.options.workerConcurrency;
    this.reconciler.start();
    this.cleaner.start();
    this.scheduler.start({
      state: () => ({
        concurrency: this.processor.worker.concurrency,
        running: this.carrier.count,
        draining: this.holdsBack,
        breakers: this.breakers.views,
      }),
      follow: (wish) => this.follow(wish),
      take,
    });
  }

  /** Takes nothing new, lets the running end within the grace period, ends the rest. */
  async onModuleDestroy(): Promise<void> {
    this.drain();
    if (!this.works) return;
    const { shutdownGraceMs } = this.config.options;
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

  /** Gives what this worker carries to others at once. @param culprit the run that counts as lost with this worker */
  async abandon(culprit: string | null): Promise<void> {
    this.drain();
    this.carrier.stopAll(new ClaudeError('worker.stopped'), culprit);
    await this.carrier.idle(this.config.options.faultGraceMs);
  }

  /** It ends, whatever it still carries. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Number of runs that it carries now. */
  get running(): number {
    return this.carrier.count;
  }

  /** Whether a run may begin here now. */
  get takesHere(): boolean {
    return this.works && !this.holdsBack;
  }

  private get works(): boolean {
    return this.config.options.role !== 'api';
  }

  /** Nothing new for now: somebody wants that, this process is short of something, or a run has to be alone on it. */
  private get holdsBack(): boolean {
    const isAsked = this.draining || this.drainedByOperator;
    return isAsked || this.pressure.short.length > 0 || this.quarantine.isClosed;
  }

  private drain(): void {
    this.draining = true;
    this.pauseOrResume();
  }

  private follow({ concurrency, draining = false }: WorkerWish): void {
    this.drainedByOperator = draining;
    this.pauseOrResume();
    if (concurrency === undefined) return;
    this.processor.worker.concurrency = concurrency;
    this.carrier.concurrency = concurrency;
  }

  /** BullMQ would go on to give this worker what has a place elsewhere, or what it has just given away. */
  private pauseOrResume(): void {
    const paused = this.holdsBack;
    if (!this.works || paused === this.paused) return;
    this.paused = paused;
    const { worker } = this.processor;
    const turned = paused ? worker.pause(true) : worker.resume();
    turned.catch((error: Error) => this.logger.warn({ paused, reason: error.message }, 'BullMQ was not told'));
  }
}
