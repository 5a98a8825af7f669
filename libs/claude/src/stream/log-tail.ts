import { type Frame } from './frame.types.js';
import { frameOf } from './run-log.store.js';
import { type StreamEntry, type Tail } from './tail.types.js';
import { Waiters } from './waiters.js';

/** Bytes of recent events that one followed run keeps in memory for the readers that are up to date. */
const KEPT_BYTES = 512 * 1024;

/** The newest events of one run, shared by all readers of this process. Who is further behind reads from Redis. */
export class LogTail implements Tail {
  private readonly waiters = new Waiters();
  private frames: Frame[] = [];
  private bytes = 0;
  private first: number;

  /** @param lastSeq seq of the last event that is known; later ones will arrive */
  constructor(public lastSeq: number) {
    this.first = lastSeq + 1;
  }

  get cursor(): string {
    return `${this.lastSeq}-0`;
  }

  receive(entries: StreamEntry[]): void {
    for (const frame of entries.map(frameOf)) {
      if (frame.seq <= this.lastSeq) continue;
      // Deltas were cut before they were read here: what follows the hole stands alone.
      if (frame.seq !== this.lastSeq + 1) [this.frames, this.bytes] = [[], 0];
      this.frames.push(frame);
      this.bytes += frame.dataJson.length;
      this.lastSeq = frame.seq;
    }
    let dropped = 0;
    while (this.bytes > KEPT_BYTES && dropped < this.frames.length - 1) {
      this.bytes -= this.frames[dropped]!.dataJson.length;
      dropped += 1;
    }
    if (dropped > 0) this.frames.splice(0, dropped);
    this.first = this.frames[0]?.seq ?? this.lastSeq + 1;
    this.waiters.wake();
  }

  /** What is after a position, about `limitBytes` at most; null when that is no longer kept here. */
  after(seq: number, limitBytes: number): readonly Frame[] | null {
    if (seq + 1 < this.first) return null;
    const from = seq + 1 - this.first;
    let [end, bytes] = [from, 0];
    while (end < this.frames.length && bytes < limitBytes) {
      bytes += this.frames[end]!.dataJson.length;
      end += 1;
    }
    return this.frames.slice(from, end);
  }

  /** Waits at most `waitMs` for something after the position. @returns whether there is something */
  async hasSoon(seq: number, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const late = new AbortController();
    const leave = () => late.abort();
    const timer = setTimeout(leave, waitMs);
    signal.addEventListener('abort', leave, { once: true });
    if (!signal.aborted) await this.beyond(seq, late.signal);
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    return this.lastSeq > seq;
  }

  /** Resolves when there is something after the position, or the signal aborts. */
  async beyond(seq: number, signal: AbortSignal): Promise<void> {
    if (this.lastSeq <= seq) await this.waiters.wait(signal);
  }
}
