import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartGate } from './start-gate.js';

describe('the gate of starts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = new AbortController().signal;

  async function storm(gate: StartGate, count: number): Promise<(() => void)[]> {
    const admitted: (() => void)[] = [];
    for (let n = 0; n < count; n += 1) void gate.enter(never).then((leave) => admitted.push(leave));
    await vi.advanceTimersByTimeAsync(0);
    return admitted;
  }

  it('lets in so many at once, and the next when one has ended', async () => {
    const told: number[] = [];
    const gate = new StartGate({ startsAtOnce: 2, startsPerSecond: 100 }, (waiting) => told.push(waiting), Date.now);
    const inside = await storm(gate, 5);
    expect(inside).toHaveLength(2);
    expect(told.at(-1)).toBe(3);
    inside[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(inside).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(inside).toHaveLength(3);
  });

  it('lets in so many in a second, however soon they end', async () => {
    const gate = new StartGate({ startsAtOnce: 100, startsPerSecond: 3 }, () => undefined, Date.now);
    const inside = await storm(gate, 8);
    for (const leave of inside) leave();
    await vi.advanceTimersByTimeAsync(900);
    expect(inside).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(101);
    expect(inside).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(1001);
    expect(inside).toHaveLength(8);
  });

  it('forgets who gives up while waiting', async () => {
    const told: number[] = [];
    const gate = new StartGate({ startsAtOnce: 1, startsPerSecond: 100 }, (waiting) => told.push(waiting), Date.now);
    const [leave] = await storm(gate, 1);
    const given = new AbortController();
    const waiting = gate.enter(given.signal);
    given.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(told.at(-1)).toBe(0);
    leave!();
    expect(await storm(gate, 1)).toHaveLength(1);
    await expect(gate.enter(given.signal)).rejects.toThrow('cancelled');
  });
});
