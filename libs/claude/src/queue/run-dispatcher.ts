import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { type Queue } from 'bullmq';
import { within } from '../wrapper/index.js';
import { RUN_JOB, RUN_QUEUE } from './queue.constants.js';

const ADD_WAIT_MS = 1000;

/** Hands a run to BullMQ; the job's id is the run's, so that doing it twice is doing it once. */
@Injectable()
export class RunDispatcher {
  private readonly logger = new Logger(RunDispatcher.name);

  constructor(@InjectQueue(RUN_QUEUE) private readonly queue: Queue) {}

  /** Does not wait long: a run whose record stands is accepted, and the reconciler adds a job that is missing. */
  async dispatch(runId: string): Promise<void> {
    const added = this.queue.add(RUN_JOB, {}, { jobId: runId }).catch((error: Error) => {
      this.logger.warn({ runId, reason: error.message }, 'the job of a run could not be added; the reconciler will');
    });
    await within(ADD_WAIT_MS, added);
  }

  /** Whether BullMQ knows this run: waiting, active or delayed. */
  async knows(runId: string): Promise<boolean> {
    const state = await this.queue.getJobState(runId);
    return state !== 'unknown' && state !== 'completed' && state !== 'failed';
  }

  async withdraw(runId: string): Promise<void> {
    // A job that a worker has taken cannot be removed; it finds its run ended.
    await this.queue.remove(runId).catch(() => 0);
  }
}
