import { type ErrorView } from '../error/index.js';

/** Why a run that did not end goes back to waiting, and until when. */
export type Return =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'park'; readonly untilMs: number }
  /** People are waited for, until the first deadline at the latest. */
  | { readonly kind: 'approval'; readonly untilMs: number }
  /** Its worker stops; another one takes it at once. */
  | { readonly kind: 'hand_over' };

export interface ReturnFacts {
  readonly error: ErrorView;
  /** Attempts that failed or were lost before this one. */
  readonly failures: number;
  readonly maxAttempts: number;
  /** When the limit that was met is over (epoch ms), as the provider says; null: none was met, or it does not say. */
  readonly limitedUntilMs: number | null;
  readonly nowMs: number;
}

export interface ReturnBounds {
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly parkAfterMs: number;
}

/** The lease has been waited for; there is nothing else to wait for. */
const AT_ONCE: ReadonlySet<string> = new Set(['worker.lost', 'session.lost']);

/**
 * Whether a run that failed is tried again: by the error table, as long as attempts are left. Parking and hand-over are
 * no failures of the run and use none up.
 *
 * @param random 0 to 1
 */
export function returnOf(facts: ReturnFacts, bounds: ReturnBounds, random: () => number = Math.random): Return | null {
  const { error, failures, maxAttempts, limitedUntilMs, nowMs } = facts;
  if (error.code === 'worker.stopped') return { kind: 'hand_over' };
  const limitedMs = error.code === 'model.rate_limited' && limitedUntilMs !== null ? limitedUntilMs - nowMs : 0;
  if (limitedMs > bounds.parkAfterMs) return { kind: 'park', untilMs: nowMs + limitedMs };
  if (!error.retryable || failures + 1 >= maxAttempts) return null;
  if (AT_ONCE.has(error.code)) return { kind: 'retry', delayMs: 0 };
  const bound = Math.min(bounds.retryMaxMs, bounds.retryBaseMs * 2 ** Math.min(failures, 30));
  return { kind: 'retry', delayMs: Math.max(Math.ceil(random() * bound), limitedMs) };
}
