import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import { type Job, WaitingError } from 'bullmq';
import { RunCarrier } from './run-carrier.js';
import { RUN_QUEUE } from './queue.constants.js';
import { type RunRecord } from './run.types.js';

/** BullMQ's side of a worker. The lock says only who works on the job; who may act is the session lease's to say. */
@Processor(RUN_QUEUE, { lockDuration: 15_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 })
export class RunProcessor extends WorkerHost {
  private readonly logger = new Logger('Run');
  /** Runs that wait again, until their job is out of the way of the next one. */
  private readonly returned = new Map<string, RunRecord>();

  constructor(private readonly carrier: RunCarrier) {
    super();
  }

  override async process(job: Job, token?: string): Promise<void> {
    // What BullMQ was about to give when it was told to give nothing; it is another worker's, or waits.
    if (this.worker.isPaused()) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const tell = (progress: object) => void job.updateProgress(progress).catch(() => undefined);
    const returned = await this.carrier.carry(job.id!, tell);
    if (returned) this.returned.set(job.id!, returned);
  }

  @OnWorkerEvent('completed')
  settled({ id = '' }: Job): void {
    const run = this.returned.get(id);
    this.returned.delete(id);
    if (!run) return;
    this.carrier.place(run).catch((error: Error) => {
      this.logger.warn({ runId: id, reason: error.message }, 'a run that waits again has no place yet');
    });
  }
}
