import { setTimeout } from 'node:timers/promises';

/** Longer timers fire at once. */
const LONGEST = 2 ** 30;

/** Waits so that n delays of d milliseconds take n·d in all, whatever each single timer is late by. */
export class Pace {
  private due = performance.now();

  constructor(private readonly signal: AbortSignal) {}

  async wait(delayMs: number): Promise<void> {
    if (delayMs <= 0) return;
    const now = performance.now();
    this.due = Math.max(this.due + delayMs, now);
    if (this.due > now) await rest(this.due - now, this.signal);
  }
}

/** Waits that long, or until the signal; Infinity waits for the signal alone. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= LONGEST) await setTimeout(Math.min(left, LONGEST), undefined, { signal });
}
