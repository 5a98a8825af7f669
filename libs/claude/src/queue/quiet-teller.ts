import { type EventData } from '../stream/index.js';
import { type RunActivity } from './run-activity.js';

/** Longest time between two events of a run that is quiet. */
const MOST_MS = 60_000;

/** Tells readers why a run is quiet: after a while, then after twice the time, and so on, at least once a minute. */
export class QuietTeller {
  private seq = -1;
  private quietSince: number;
  private nextMs: number;

  constructor(
    private readonly activity: RunActivity,
    private readonly firstMs: number,
    private readonly now: () => number = Date.now,
  ) {
    this.quietSince = now();
    this.nextMs = firstMs;
  }

  /** @param lastSeq of the run's log. @returns what is to be told now, if anything */
  look(lastSeq: number): EventData<'run.progress'> | null {
    if (lastSeq !== this.seq) {
      this.seq = lastSeq;
      this.quietSince = this.now();
      this.nextMs = this.firstMs;
      return null;
    }
    const quietMs = this.now() - this.quietSince;
    if (quietMs < this.nextMs) return null;
    this.nextMs = quietMs + Math.min(quietMs, MOST_MS);
    // The event that follows is no sign that it is not quiet any more.
    this.seq += 1;
    return this.progress();
  }

  /** What it does, or waits for, as an event. */
  progress(): EventData<'run.progress'> {
    const { what, text, since, until, tool } = this.activity.current;
    const elapsedMs = Math.max(0, this.now() - since);
    const lasting = `${text.replace(/[.]$/, '')} (for ${Math.round(elapsedMs / 1000)} s).`;
    return {
      activity: what,
      text: lasting,
      elapsedMs,
      ...(tool === undefined ? {} : { tool }),
      ...(until === null ? {} : { resetsAt: new Date(until).toISOString() }),
    };
  }
}
