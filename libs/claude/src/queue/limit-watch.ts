import { type ModelFacts } from '../model/index.js';

/** Hears until when the provider refuses a run, as it is told on the wire. */
export class LimitWatch implements Disposable {
  /** Epoch ms; null where no limit was met, or it tells no end. */
  untilMs: number | null = null;
  private readonly listening: { unsubscribe(): void };

  constructor(facts: ModelFacts, runId: string) {
    this.listening = facts.of(runId).subscribe(({ trouble, at, resetsAt, retryAfterMs }) => {
      if (trouble !== 'rate_limited') return;
      const until = resetsAt !== null ? Date.parse(resetsAt) : Date.parse(at) + (retryAfterMs ?? NaN);
      this.untilMs = Number.isFinite(until) ? until : null;
    });
  }

  [Symbol.dispose](): void {
    this.listening.unsubscribe();
  }
}
