import { hostname } from 'node:os';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { within } from '../wrapper/index.js';
import { ALIVE_MS } from './queue.constants.js';
import { RunDispatcher } from './run-dispatcher.js';
import { ScheduleStore } from './schedule.store.js';
import { type RunRecord, type WaitingFor } from './run.types.js';
import { type WorkerView, type WorkerWish } from './worker.types.js';

const BEAT_MS = 1000;
const STOP_WAIT_MS = 2000;

/** The worker of this process, for the schedule. */
export interface LocalWorker {
  state(): Pick<WorkerView, 'concurrency' | 'running' | 'draining' | 'breakers'>;
  /** Follows what an operator wants; repeatable. */
  follow(wish: WorkerWish): void;
  /** Carries a run past BullMQ, where it has a place for it now; false where it has not. */
  take(runId: string, known?: RunRecord): boolean;
}

/**
 * Decides which waiting run starts next, and hands it to BullMQ only when a worker has room: what BullMQ has is started
 * in its order, so that fairness ends there. Every server may decide, since the decision is one step in Redis.
 */
@Injectable()
export class RunScheduler implements OnModuleDestroy {
  /** Name of this worker in the schedule. */
  readonly workerId = uuid();
  private readonly logger = new Logger(RunScheduler.name);
  private worker: LocalWorker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private dueTimer: NodeJS.Timeout | undefined;
  private pumping: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly schedule: ScheduleStore,
    private readonly dispatcher: RunDispatcher,
  ) {}

  /** From here on this process has places to give. */
  start(worker: LocalWorker): void {
    this.worker = worker;
    this.timer = setInterval(() => void this.beat(), BEAT_MS);
    void this.beat();
  }

  /** Takes this process out of the schedule; what it carries is not touched. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.dueTimer);
    if (!this.worker) return;
    this.worker = undefined;
    await within(
      STOP_WAIT_MS,
      this.schedule.removeWorker(this.workerId).catch(() => undefined),
    );
    await within(STOP_WAIT_MS, this.pumping ?? Promise.resolve());
  }

  /**
   * Starts what may start. Calls that come while one is under way share the next one. A failure is met by the next
   * call or beat.
   */
  pump(): Promise<void> {
    this.again = this.pumping !== undefined;
    this.pumping ??= this.pumpAll()
      .catch((error: Error) => this.logger.warn({ reason: error.message }, 'nothing could be started for now'))
      .finally(() => (this.pumping = undefined));
    return this.pumping;
  }

  /**
   * Starts runs that have been given a place.
   *
   * @param known the record of one of them, as it was written just now
   */
  async begin(ids: readonly string[], known?: RunRecord): Promise<void> {
    const elsewhere = ids.filter((id) => !this.worker?.take(id, known?.id === id ? known : undefined));
    await Promise.all(elsewhere.map((id) => this.dispatcher.dispatch(id)));
  }

  /** A run takes its turn now. Repeatable. @returns false when that is not what it waits for */
  async wake(runId: string, waitingFor: WaitingFor): Promise<boolean> {
    if (!(await this.schedule.wake(runId, waitingFor))) return false;
    await this.schedule.due();
    await this.pump();
    return true;
  }

  /** This process's part of the schedule, renewed. */
  async beat(): Promise<void> {
    if (!this.worker) return;
    const state = this.worker.state();
    // One that drains holds the places of what it still carries, so that the others are not taken for full.
    const places = state.draining ? state.running : Math.max(state.concurrency, state.running);
    const view = { id: this.workerId, host: hostname(), pid: process.pid, ...state };
    try {
      this.worker.follow(await this.schedule.beat(view, places, Date.now() + ALIVE_MS));
      await this.lookForDue();
      await this.pump();
    } catch (error) {
      this.logger.debug({ reason: (error as Error).message }, 'this worker could not tell that it lives');
    }
  }

  private async pumpAll(): Promise<void> {
    do {
      this.again = false;
      await this.begin(await this.schedule.pick());
    } while (this.again);
  }

  /** Between two beats a timer of its own meets the moment. */
  private async lookForDue(): Promise<void> {
    const { nextAt } = await this.schedule.due();
    clearTimeout(this.dueTimer);
    const inMs = (nextAt ?? Infinity) - Date.now();
    if (inMs < BEAT_MS) this.dueTimer = setTimeout(() => void this.beat(), Math.max(1, inMs));
  }
}
