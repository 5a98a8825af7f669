import { deferred } from './deferred.js';
import { type Frame } from './frame.types.js';

/** Bytes of recent events that one followed run keeps in memory for the readers that are up to date. */
const KEPT_BYTES = 512 * 1024;

/** The newest events of one run, shared by all readers of this process. Who is further behind reads from Redis. */
export class LogTail {
  readers = 0;
  private frames: Frame[] = [];
  private bytes = 0;
  private first: number;
  private waiting = new Set<() => void>();

  /** @param cursor seq of the last event that is known; later ones will arrive */
  constructor(public cursor: number) {
    this.first = cursor + 1;
  }

  receive(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.seq <= this.cursor) continue;
      this.frames.push(frame);
      this.bytes += frame.dataJson.length;
      this.cursor = frame.seq;
    }
    let dropped = 0;
    while (this.bytes > KEPT_BYTES && dropped < this.frames.length - 1) {
      this.bytes -= this.frames[dropped]!.dataJson.length;
      dropped += 1;
    }
    if (dropped > 0) this.frames.splice(0, dropped);
    this.first = this.frames[0]?.seq ?? this.cursor + 1;
    this.wake();
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

  /** Resolves when there is something after the position, or the signal aborts. */
  async beyond(seq: number, signal: AbortSignal): Promise<void> {
    if (this.cursor > seq || signal.aborted) return;
    const { promise, resolve } = deferred();
    const wake = () => resolve();
    this.waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    this.waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
  }
}
