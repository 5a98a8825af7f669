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

  /** Resolves when there is something after the id, or the signal aborts. */
  async beyond(id: string, signal: AbortSignal): Promise<void> {
    if (compareIds(this.cursor, id) <= 0) await this.waiters.wait(signal);
  }
}

/** Order of two ids of a Redis Stream, `ms-n`. */
export function compareIds(a: string, b: string): number {
  const [[aMs = 0, aSeq = 0], [bMs = 0, bSeq = 0]] = [a.split('-').map(Number), b.split('-').map(Number)];
  return aMs - bMs || aSeq - bSeq;
}
