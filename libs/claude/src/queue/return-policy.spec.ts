import { describe, expect, it } from 'vitest';
import { ClaudeError, type ErrorCode } from '../error/index.js';
import { returnOf } from './return-policy.js';
import { NO_ADVICE } from './trouble-watch.js';

const BOUNDS = { retryBaseMs: 1000, retryMaxMs: 10_000, parkAfterMs: 30_000, retryAfterMaxMs: 3_600_000 };
const facts = (code: ErrorCode, more: object = {}) => ({
  error: new ClaudeError(code).toView(),
  failures: 0,
  maxAttempts: 3,
  advice: NO_ADVICE,
  leftMs: 60_000,
  nowMs: 1_000_000,
  ...more,
});
const top = () => 1;
const until = (untilMs: number) => ({ advice: { untilMs, mayRepeat: true } });

describe('what becomes of a run that failed', () => {
  it.each<[ErrorCode, object, object | null]>([
    ['model.overloaded', {}, { kind: 'retry', delayMs: 1000 }],
    ['model.overloaded', { failures: 1 }, { kind: 'retry', delayMs: 2000 }],
    ['model.overloaded', { failures: 2 }, null],
    ['model.overloaded', { maxAttempts: 1 }, null],
    ['model.overloaded', { failures: 60, maxAttempts: 100 }, { kind: 'retry', delayMs: 10_000 }],
    ['cli.crashed', {}, { kind: 'retry', delayMs: 1000 }],
    ['model.invalid_request', {}, null],
    ['run.timed_out', {}, null],
    ['budget.exceeded', {}, null],
    ['worker.lost', {}, { kind: 'retry', delayMs: 0 }],
    ['worker.lost', { failures: 2 }, null],
    ['worker.stopped', { failures: 2 }, { kind: 'hand_over' }],
    ['model.rate_limited', {}, { kind: 'retry', delayMs: 1000 }],
    ['model.rate_limited', until(1_005_000), { kind: 'retry', delayMs: 5000 }],
    ['model.rate_limited', until(1_031_000), { kind: 'park', untilMs: 1_031_000 }],
    ['model.rate_limited', { ...until(1_031_000), failures: 2 }, { kind: 'park', untilMs: 1_031_000 }],
    // For ever, as a provider may say by mistake.
    ['model.rate_limited', until(9e15), { kind: 'park', untilMs: 4_600_000 }],
    ['model.overloaded', until(9e15), { kind: 'retry', delayMs: 3_600_000 }],
    // Retry-After of whatever trouble.
    ['model.overloaded', until(1_009_000), { kind: 'retry', delayMs: 9000 }],
    ['model.failed', until(900_000), { kind: 'retry', delayMs: 1000 }],
    ['cli.crashed', until(1_009_000), { kind: 'retry', delayMs: 1000 }],
    // The provider does not want it again.
    ['model.failed', { advice: { untilMs: null, mayRepeat: false } }, null],
    ['model.rate_limited', { advice: { untilMs: 1_005_000, mayRepeat: false } }, { kind: 'retry', delayMs: 5000 }],
    ['cli.crashed', { advice: { untilMs: null, mayRepeat: false } }, { kind: 'retry', delayMs: 1000 }],
    // Its time is over.
    ['model.failed', { leftMs: 0 }, null],
    ['worker.lost', { leftMs: -1 }, null],
    ['worker.stopped', { leftMs: 0 }, { kind: 'hand_over' }],
  ])('%s with %j: %j', (code, more, expected) => {
    expect(returnOf(facts(code, more), BOUNDS, top)).toEqual(expected);
  });

  it('the wait is any part of its bound', () => {
    const waits = Array.from({ length: 200 }, () => returnOf(facts('model.failed', { failures: 1 }), BOUNDS));
    const delays = waits.map((wait) => (wait?.kind === 'retry' ? wait.delayMs : -1));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2000);
    expect(Math.min(...delays)).toBeLessThan(500);
    expect(Math.max(...delays)).toBeGreaterThan(1500);
  });
});
