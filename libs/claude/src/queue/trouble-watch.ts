import { type ModelFacts } from '../model/index.js';

/** What the provider asks of who comes again. */
export interface Advice {
  /** When it may be asked again (epoch ms); null where it did not say. */
  readonly untilMs: number | null;
  /** Whether it wants to be asked again at all. */
  readonly mayRepeat: boolean;
}

export const NO_ADVICE: Advice = { untilMs: null, mayRepeat: true };

/** Hears what the provider says to a run that it refuses, as it is told on the wire; the last word counts. */
export class TroubleWatch implements Disposable {
  advice: Advice = NO_ADVICE;
  private readonly listening: { unsubscribe(): void };

  constructor(facts: ModelFacts, runId: string) {
    this.listening = facts.of(runId).subscribe(({ at, resetsAt, retryAfterMs, shouldRetry }) => {
      const until = resetsAt !== null ? Date.parse(resetsAt) : Date.parse(at) + (retryAfterMs ?? NaN);
      this.advice = { untilMs: Number.isFinite(until) ? until : null, mayRepeat: shouldRetry !== false };
    });
  }

  [Symbol.dispose](): void {
    this.listening.unsubscribe();
  }
}
