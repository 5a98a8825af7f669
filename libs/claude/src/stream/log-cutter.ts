import { type Frame } from './frame.types.js';
import { isDeltaType, piecesOf } from './log-pieces.js';
import { type RunLogStore } from './run-log.store.js';

/** Events of one look; a script blocks Redis while it runs. */
const BATCH = 512;
/** What is left of the bound after a cut, so that not every append cuts. */
const KEEP = 0.75;

/** Keeps the deltas in one run's log below a bound: the oldest are cut, their text stays as pieces. */
export class LogCutter {
  private cutting: Promise<void> | undefined;
  private cutThrough: number | undefined;

  constructor(
    private readonly log: RunLogStore,
    private readonly options: { readonly runId: string; readonly epoch: number; readonly maxBytes: number },
  ) {}

  /** To be told after each append. Cuts beside the writing; a failure is met by the next append. */
  note(deltaBytes: number): void {
    if (deltaBytes <= this.options.maxBytes) return;
    this.cutting ??= this.cut(deltaBytes)
      .catch(() => (this.cutThrough = undefined))
      .then(() => (this.cutting = undefined));
  }

  /** Resolves when no cut is under way. */
  async idle(): Promise<void> {
    await this.cutting;
  }

  private async cut(deltaBytes: number): Promise<void> {
    const { runId, epoch, maxBytes } = this.options;
    this.cutThrough ??= await this.log.cutThrough(runId);
    const target = maxBytes * KEEP;
    const others: Frame[] = [];
    let cursor = this.cutThrough;
    for (let left: number | null = deltaBytes; left !== null && left > target;) {
      const frames = await this.log.read(runId, cursor, BATCH);
      const { taken, freedBytes } = oldest(frames, left - target);
      const through = taken.at(-1)?.seq;
      if (through === undefined) {
        if (frames.length === 0) return;
        // No delta among so many; they are cut off with the next one.
        others.push(...frames);
        cursor = frames.at(-1)!.seq;
        continue;
      }
      const all = [...others.splice(0), ...taken];
      left = await this.log.cut(runId, {
        epoch,
        from: this.cutThrough,
        through,
        freedBytes,
        pieces: piecesOf(all).map((piece) => JSON.stringify(piece)),
        rest: all.filter(({ type }) => !isDeltaType(type)).map(({ seq }) => seq),
      });
      if (left !== null) this.cutThrough = through;
      cursor = through;
    }
  }
}

/** The first frames whose deltas have as many bytes together; the last of them is a delta, see LogReader. */
function oldest(
  frames: readonly Frame[],
  bytes: number,
): { readonly taken: readonly Frame[]; readonly freedBytes: number } {
  let [end, freedBytes] = [0, 0];
  for (const [index, { type, dataJson }] of frames.entries()) {
    if (freedBytes >= bytes) break;
    if (!isDeltaType(type)) continue;
    freedBytes += bytesOf(dataJson);
    end = index + 1;
  }
  return { taken: frames.slice(0, end), freedBytes };
}

/** Size of an event in the log: its data, and about what Redis keeps around it. */
export const bytesOf = (dataJson: string): number => Buffer.byteLength(dataJson) + 64;
