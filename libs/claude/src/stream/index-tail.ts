import { type StreamEntry, type Tail } from './tail.types.js';
import { Waiters } from './waiters.js';

/** The end of a stream that is only watched: who waits for more reads it then. */
export class IndexTail implements Tail {
  private readonly waiters = new Waiters();

  /** @param cursor id of the newest entry that is known */
  constructor(public cursor: string) {}

  receive(entries: StreamEntry[]): void {
    this.cursor = entries.at(-1)?.[0] ?? this.cursor;
    this.waiters.wake();
  }

  /**
   * Resolves when something came after `seen`, or the signal aborts. `seen` is the cursor from before the reader looked
   * and found nothing: an entry that is known and yet not there (its stream was removed) is nothing to wait for.
   */
  async beyond(seen: string, signal: AbortSignal): Promise<void> {
    if (this.cursor === seen) await this.waiters.wait(signal);
  }
}
