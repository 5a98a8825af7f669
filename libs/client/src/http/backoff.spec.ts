import { describe, expect, it } from 'vitest';
import { Backoff, pause } from './backoff.js';

const bounds = { attempts: 6, firstDelayMs: 100, maxDelayMs: 500 };
const delays = (random: () => number): (number | undefined)[] => {
  const backoff = new Backoff(bounds, random);
  return Array.from({ length: 7 }, () => backoff.next());
};

describe('the wait between tries', () => {
  it('doubles up to its bound, and ends after the last attempt', () => {
    expect(delays(() => 1)).toEqual([100, 200, 400, 500, 500, undefined, undefined]);
    expect(delays(() => 0)).toEqual([50, 100, 200, 250, 250, undefined, undefined]);
  });

  it('begins anew after something was got', () => {
    const backoff = new Backoff(bounds, () => 1);
    expect([backoff.next(), backoff.next()]).toEqual([100, 200]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('is spread at random', () => {
    expect(new Set(Array.from({ length: 20 }, () => new Backoff(bounds).next())).size).toBeGreaterThan(1);
  });

  it('ends at once when it is called off', async () => {
    const off = new AbortController();
    const waiting = pause(60_000, off.signal);
    off.abort(new Error('called off'));
    await expect(waiting).rejects.toThrow('called off');
    await expect(pause(60_000, off.signal)).rejects.toThrow('called off');
    await expect(pause(0)).resolves.toBeUndefined();
  });
});
