import { type Frame } from './frame.types.js';
import { type RunLogStore } from './run-log.store.js';

/** Bytes of one batch for one reader, about. */
export const BATCH_BYTES = 256 * 1024;
const [FIRST_COUNT, MAX_COUNT] = [100, 1000];

/**
 * Reads a log in batches of a bounded size. Redis counts entries and not bytes, so that the number asked for follows
 * the size of the last ones: a log of tiny deltas is read by the thousand, one of megabytes one by one.
 */
export class BatchReader {
  private count = FIRST_COUNT;

  constructor(
    private readonly log: RunLogStore,
    private readonly runId: string,
  ) {}

  async read(after: number): Promise<Frame[]> {
    const frames = await this.log.read(this.runId, after, this.count);
    const bytes = frames.reduce((sum, frame) => sum + frame.dataJson.length, 0);
    if (frames.length > 0)
      this.count = Math.max(1, Math.min(MAX_COUNT, Math.floor((BATCH_BYTES * frames.length) / Math.max(bytes, 1))));
    return frames;
  }
}
