import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type Job } from 'bullmq';
import { RunCarrier } from './run-carrier.js';
import { RUN_QUEUE } from './queue.constants.js';

/** BullMQ's side of a worker. The lock says only who works on the job; who may act is the session lease's to say. */
@Processor(RUN_QUEUE, { lockDuration: 15_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 })
export class RunProcessor extends WorkerHost {
  constructor(private readonly carrier: RunCarrier) {
    super();
  }

  override async process(job: Job): Promise<void> {
    await this.carrier.carry(job.id!);
  }
}
