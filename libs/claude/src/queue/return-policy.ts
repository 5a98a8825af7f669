import { type ErrorView } from '../error/index.js';
import { type Degraded } from './run.types.js';
import { type Advice } from './trouble-watch.js';

/** Why a run that did not end goes back to waiting, and until when. */
export type Return =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'park'; readonly untilMs: number }
  /** People are waited for, until the first deadline at the latest. */
  | { readonly kind: 'approval'; readonly untilMs: number }
  /**
   * Something is out of order. `outage` names what is waited for, null: nothing that anybody would tell the end of;
   * `down` where it is the last step of the ladder.
   */
  | {
      readonly kind: 'outage';
      readonly error: ErrorView;
      readonly untilMs: number;
      readonly outage: string | null;
      readonly down: Degraded | null;
    }
  /** It goes on at once, a step down the ladder. */
  | ({ readonly kind: 'degrade' } & Degraded)
  /** Its worker stops; another one takes it at once. */
  | { readonly kind: 'hand_over' };

export interface ReturnFacts {
  readonly error: ErrorView;
  /** Attempts that failed or were lost before this one. */
  readonly failures: number;
  readonly maxAttempts: number;
  /** What the provider asked of who comes again. */
  readonly advice: Advice;
  /** What is left of the time that the run may take. */
  readonly leftMs: number;
  readonly nowMs: number;
}

export interface ReturnBounds {
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly parkAfterMs: number;
  readonly retryAfterMaxMs: number;
}

/** The lease has been waited for; there is nothing else to wait for. */
const AT_ONCE: ReadonlySet<string> = new Set(['worker.lost', 'session.lost']);

/**
 * Whether a run that failed is tried again: by the error table, as long as attempts and time are left, not before the
 * provider wants it, and not against its wish. Parking and hand-over are no failures of the run and use no attempt up.
 *
 * @param random 0 to 1
 */
export function returnOf(facts: ReturnFacts, bounds: ReturnBounds, random: () => number = Math.random): Return | null {
  const { error, failures, maxAttempts, advice, leftMs, nowMs } = facts;
  if (error.code === 'worker.stopped') return { kind: 'hand_over' };
  const isOfModel = error.code.startsWith('model.');
  const waitMs = isOfModel && advice.untilMs !== null ? Math.min(advice.untilMs - nowMs, bounds.retryAfterMaxMs) : 0;
  if (error.code === 'model.rate_limited' && waitMs > bounds.parkAfterMs)
    return { kind: 'park', untilMs: nowMs + waitMs };
  if (!error.retryable || failures + 1 >= maxAttempts || leftMs <= 0) return null;
  if (AT_ONCE.has(error.code)) return { kind: 'retry', delayMs: 0 };
  // A limit that is over some time is waited for, whatever else it says.
  if (isOfModel && !advice.mayRepeat && advice.untilMs === null) return null;
  const bound = Math.min(bounds.retryMaxMs, bounds.retryBaseMs * 2 ** Math.min(failures, 30));
  return { kind: 'retry', delayMs: Math.max(Math.ceil(random() * bound), waitMs) };
}
