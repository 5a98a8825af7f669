import { type ErrorCode } from '../error/index.js';

/** What a breaker guards, and for whom it is one. */
export type BreakerScope =
  /** One model at one address of the Messages API. */
  | 'model'
  /** One credential of the model provider. */
  | 'credential'
  /** Starting agent processes on this worker. */
  | 'spawn'
  /** The queue and the logs. */
  | 'redis';

export const BREAKER_SCOPES: readonly BreakerScope[] = ['model', 'credential', 'spawn', 'redis'];

export type BreakerState = 'closed' | 'open' | 'half_open';

/** A breaker as operators see it. */
export interface BreakerView {
  readonly scope: BreakerScope;
  /** Which one: a model, a mark of a credential; empty where there is one only. */
  readonly target: string;
  readonly state: BreakerState;
  /** When it came into this state; ISO 8601. */
  readonly since: string;
  /** When it lets the next probe through; null unless it is open. */
  readonly retryAt: string | null;
  /** What failed last; null when nothing did. */
  readonly cause: ErrorCode | null;
}

/** When a breaker opens, and for how long. */
export interface BreakerTerms {
  /** Milliseconds of the past that count. */
  readonly windowMs: number;
  /** Failures in that time, at least. */
  readonly failures: number;
  /** Part of the uses of a user that has to fail, and part of the users to whom it does; 0 to 1. */
  readonly ratio: number;
  /** Milliseconds until the first probe, and at most, when each one fails. */
  readonly openMs: number;
  readonly maxOpenMs: number;
}
