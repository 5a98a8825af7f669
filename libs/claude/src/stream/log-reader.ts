import { type Frame } from './frame.types.js';
import { type RunLogStore } from './run-log.store.js';

/** Bytes of one batch for one reader, about. */
export const BATCH_BYTES = 256 * 1024;
const [FIRST_COUNT, MAX_COUNT] = [20, 1000];

/**
 * Reads one log for one reader, in batches of a bounded size. Redis counts entries and not bytes, so that the number
 * asked for follows the size of the last ones: a log of tiny deltas is read by the thousand, one of megabytes one by one.
 *
 * A reader before the end of a cut gets what is left up to there, then one snapshot. The cut always ends at a delta, so
 * that a position behind it can only be that of a reader who has the text; one before it owes its reader the snapshot,
 * even where no hole follows: an earlier connection may have broken between the two.
 */
export class LogReader {
  private count = FIRST_COUNT;
  /** End of the cut that the reader has not passed; 0: none. */
  private cutEnd = 0;

  constructor(
    private readonly log: RunLogStore,
    private readonly runId: string,
    private readonly maxCount = MAX_COUNT,
  ) {}

  /** To be called once with the first position. */
  async begin(after: number): Promise<void> {
    const cutThrough = await this.log.cutThrough(this.runId);
    if (after < cutThrough) this.cutEnd = cutThrough;
  }

  /** Whether the reader has to get a snapshot before anything that is newer. */
  get owesSnapshot(): boolean {
    return this.cutEnd > 0;
  }

  /** The next frames after a position, each with the `fromSeq` that follows the one before; empty at the end of the log. */
  async read(after: number): Promise<readonly Frame[]> {
    if (this.owesSnapshot) return this.passCut(after);
    const frames = this.learn(await this.log.read(this.runId, after, Math.min(this.count, this.maxCount)));
    const whole = wholePart(after, frames);
    if (whole === frames.length && whole > 0) return frames;
    await this.begin(after);
    // A hole without a cut: the log is gone, or going.
    return this.owesSnapshot ? this.passCut(after) : frames.slice(0, whole);
  }

  private async passCut(after: number): Promise<Frame[]> {
    const out: Frame[] = [];
    for (let from = after; out.length === 0;) {
      const limit = Math.min(this.count, this.maxCount);
      const end = this.cutEnd;
      const frames = this.learn(await this.log.readRest(this.runId, from, limit));
      // The cut may have gone on since its end was looked up.
      for (const frame of frames) if (frame.seq <= end) out.push({ ...frame, fromSeq: (out.at(-1)?.seq ?? after) + 1 });
      if (frames.length === limit && frames.at(-1)!.seq <= end) return out;
      const snapshot = await this.snapshot();
      if (snapshot === 'gone') return [];
      if (snapshot) return [...out, snapshot];
      from = end;
    }
    return out;
  }

  /** Null when the cut went on meanwhile: what is no delta between its two ends comes first. */
  private async snapshot(): Promise<Frame | 'gone' | null> {
    const frame = await this.log.snapshot(this.runId);
    if (!frame || frame.seq < this.cutEnd) return 'gone';
    const passed = frame.seq === this.cutEnd;
    this.cutEnd = passed ? 0 : frame.seq;
    // The very same for all readers, who then share what is made of it; it is shown without a fromSeq.
    return passed ? frame : null;
  }

  private learn(frames: readonly Frame[]): readonly Frame[] {
    if (frames.length === 0) return frames;
    const bytes = frames.reduce((sum, frame) => sum + frame.dataJson.length, 0);
    const fitting = Math.floor((BATCH_BYTES * frames.length) / Math.max(bytes, 1));
    this.count = Math.max(1, Math.min(MAX_COUNT, fitting));
    return frames;
  }
}

/** Number of frames that follow a position without a hole. */
function wholePart(after: number, frames: readonly Frame[]): number {
  const hole = frames.findIndex(({ seq }, index) => seq !== after + 1 + index);
  return hole < 0 ? frames.length : hole;
}
