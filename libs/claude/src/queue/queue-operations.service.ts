import { InjectQueue } from '@nestjs/bullmq';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { Injectable } from '@nestjs/common';
import { type Queue } from 'bullmq';
import { type BreakerView, ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { daySpending, type DaySpending, ModelLedgerStore } from '../model/index.js';
import { CleanUpStore } from './clean-up.store.js';
import { type CleanUpView } from './clean-up.types.js';
import { RUN_QUEUE } from './queue.constants.js';
import { RunScheduler } from './run-scheduler.js';
import { RunStore } from './run.store.js';
import { ScheduleStore } from './schedule.store.js';
import { type QueueView, type WorkerWish } from './worker.types.js';

export type BoardServer = Parameters<typeof createBullBoard>[0]['serverAdapter'];

/** What operators see of the queue and may do with it. */
@Injectable()
export class QueueOperationsService {
  constructor(
    private readonly schedule: ScheduleStore,
    private readonly scheduler: RunScheduler,
    private readonly runs: RunStore,
    private readonly cleaned: CleanUpStore,
    private readonly ledger: ModelLedgerStore,
    private readonly breakers: ClaudeBreakerService,
    private readonly config: ClaudeConfigService,
    @InjectQueue(RUN_QUEUE) private readonly queue: Queue,
  ) {}

  async view(): Promise<QueueView> {
    const [paused, all, { placed, waiting }, workers] = await Promise.all([
      this.schedule.isPaused(),
      this.runs.waitingCount(),
      this.schedule.figures(),
      this.schedule.workers(),
    ]);
    return { paused, waiting: { all, byOwner: waiting }, placed, workers };
  }

  /** What is out of order, as this process and each worker see it. */
  async outages(): Promise<readonly (BreakerView & { readonly worker: string | null })[]> {
    const workers = await this.schedule.workers().catch(() => []);
    const own = this.config.options.role === 'api' ? null : this.scheduler.workerId;
    const others = workers.filter(({ id }) => id !== own);
    return [
      ...this.breakers.views.map((view) => ({ ...view, worker: own })),
      ...others.flatMap(({ id, breakers }) => breakers.map((view) => ({ ...view, worker: id }))),
    ];
  }

  /** What the clean-up of sessions has removed. */
  cleanUps(): Promise<CleanUpView> {
    return this.cleaned.view();
  }

  /**
   * What all callers have used in one day (UTC), by model.
   *
   * @param day `2026-11-21`, of the last 40; today without it
   */
  usage(day?: string): Promise<DaySpending> {
    return daySpending(this.ledger, day);
  }

  /** Nothing new starts; what runs goes on. It stays so across restarts. */
  async pause(): Promise<QueueView> {
    await this.schedule.setPaused(true);
    return this.view();
  }

  async resume(): Promise<QueueView> {
    await this.schedule.setPaused(false);
    await this.scheduler.pump();
    return this.view();
  }

  /** @throws ClaudeError `worker.not_found` */
  async change(workerId: string, wish: WorkerWish): Promise<QueueView> {
    if (!(await this.schedule.wish(workerId, wish))) throw new ClaudeError('worker.not_found');
    return this.view();
  }

  /** BullMQ's own pages, to look at: what is done to a job there would be undone by the reconciler. */
  attachBoard(serverAdapter: BoardServer): void {
    createBullBoard({ queues: [new BullMQAdapter(this.queue, { readOnlyMode: true })], serverAdapter });
  }
}
