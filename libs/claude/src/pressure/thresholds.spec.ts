import { describe, expect, it } from 'vitest';
import { type Figures } from './pressure.types.js';
import { Thresholds } from './thresholds.js';

const MIB = 1024 ** 2;
const LIMITS = { overloadMemoryBytes: 100 * MIB, overloadDiskBytes: 200 * MIB, overloadLoopMs: 1000 };
const FINE: Figures = { freeMemoryBytes: 1000 * MIB, freeDiskBytes: 1000 * MIB, loopDelayMs: 3 };

const after = (looks: readonly Partial<Figures>[], limits = LIMITS): readonly string[] => {
  const thresholds = new Thresholds(limits);
  for (const look of looks) thresholds.look({ ...FINE, ...look });
  return thresholds.short;
};
const LOW = { freeMemoryBytes: 99 * MIB };

describe('thresholds', () => {
  it.each([
    ['memory', LOW],
    ['disk', { freeDiskBytes: 199 * MIB }],
    ['event_loop', { loopDelayMs: 1001 }],
  ])('are passed by three bad looks in a row: %s', (resource, bad) => {
    expect(after([bad, bad])).toEqual([]);
    expect(after([bad, bad, {}, bad, bad])).toEqual([]);
    expect(after([bad, bad, bad])).toEqual([resource]);
  });

  it('are left by three good looks, which need a margin', () => {
    const almost = { freeMemoryBytes: 105 * MIB };
    expect(after([LOW, LOW, LOW, {}, {}])).toEqual(['memory']);
    expect(after([LOW, LOW, LOW, {}, {}, almost, {}, {}])).toEqual(['memory']);
    expect(after([LOW, LOW, LOW, almost, almost, almost, almost])).toEqual(['memory']);
    expect(after([LOW, LOW, LOW, {}, {}, {}])).toEqual([]);
    const slow = { loopDelayMs: 5000 };
    expect(after([slow, slow, slow, { loopDelayMs: 600 }, {}, {}])).toEqual(['event_loop']);
    expect(after([slow, slow, slow, {}, {}, {}])).toEqual([]);
  });

  it('of 0, and of what the host does not tell, are never passed', () => {
    const none = { overloadMemoryBytes: 0, overloadDiskBytes: 0, overloadLoopMs: 0 };
    const bad = { freeMemoryBytes: 0, freeDiskBytes: 0, loopDelayMs: 1e9 };
    expect(after([bad, bad, bad], none)).toEqual([]);
    const unknown = { freeMemoryBytes: null, freeDiskBytes: null };
    expect(after([unknown, unknown, unknown])).toEqual([]);
    expect(after([LOW, LOW, LOW, unknown, unknown, unknown])).toEqual([]);
  });

  it('are counted for each resource alone', () => {
    const both = { ...LOW, loopDelayMs: 2000 };
    expect(after([LOW, both, both])).toEqual(['memory']);
    expect(after([LOW, both, both, both])).toEqual(['memory', 'event_loop']);
  });
});
