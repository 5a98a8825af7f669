import { type BreakerView } from '../breaker/index.js';

/** A worker as operators see it. */
export interface WorkerView {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Runs that it carries at once, at most. */
  readonly concurrency: number;
  readonly running: number;
  /** Whether it takes nothing new. */
  readonly draining: boolean;
  /** What is out of order from where it is, or was of late. */
  readonly breakers: readonly BreakerView[];
}

/** What an operator wants of one worker; it follows within a beat. */
export interface WorkerWish {
  /** 1 to 256. */
  readonly concurrency?: number;
  readonly draining?: boolean;
}

/** The queue as operators see it. */
export interface QueueView {
  /** Nothing new starts, on any worker, until somebody resumes it. */
  readonly paused: boolean;
  /** Accepted runs that no worker has begun, in all and by owner (`tenant:user`). */
  readonly waiting: { readonly all: number; readonly byOwner: Readonly<Record<string, number>> };
  /** Runs that have a place at a worker. */
  readonly placed: number;
  readonly workers: readonly WorkerView[];
}
