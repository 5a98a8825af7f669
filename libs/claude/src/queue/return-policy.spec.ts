import { describe, expect, it } from 'vitest';
import { ClaudeError, type ErrorCode } from '../error/index.js';
import { returnOf } from './return-policy.js';

const BOUNDS = { retryBaseMs: 1000, retryMaxMs: 10_000, parkAfterMs: 30_000 };
const facts = (code: ErrorCode, more: object = {}) => ({
  error: new ClaudeError(code).toView(),
  failures: 0,
  maxAttempts: 3,
  limitedUntilMs: null,
  nowMs: 1_000_000,
  ...more,
});
const top = () => 1;

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
    ['model.rate_limited', { limitedUntilMs: 1_005_000 }, { kind: 'retry', delayMs: 5000 }],
    ['model.rate_limited', { limitedUntilMs: 1_031_000 }, { kind: 'park', untilMs: 1_031_000 }],
    ['model.rate_limited', { limitedUntilMs: 1_031_000, failures: 2 }, { kind: 'park', untilMs: 1_031_000 }],
    ['model.overloaded', { limitedUntilMs: 9_000_000 }, { kind: 'retry', delayMs: 1000 }],
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
