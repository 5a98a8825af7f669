import { describe, expect, it } from 'vitest';
import { SharedReads } from './shared-reads.js';

describe('shared reads', () => {
  const FINAL = () => true;
  const NOT_FINAL = () => false;

  it('are one for all who ask for the same, at once or while it is in hand', async () => {
    const reads = new SharedReads<number[]>();
    let loads = 0;
    const load = () => Promise.resolve([(loads += 1)]);
    const [one, two] = await Promise.all([reads.get('a', FINAL, load), reads.get('a', FINAL, load)]);
    const three = await reads.get('a', FINAL, load);
    expect([two, three].every((found) => found === one)).toBe(true);
    expect(loads).toBe(1);
    expect(await reads.get('b', FINAL, load)).toEqual([2]);
  });

  it('are not shared where a later read may find more, nor after a failure', async () => {
    const reads = new SharedReads<number[]>();
    let loads = 0;
    const load = () => Promise.resolve([(loads += 1)]);
    expect(await Promise.all([reads.get('a', NOT_FINAL, load), reads.get('a', NOT_FINAL, load)])).toEqual([[1], [2]]);
    await expect(reads.get('c', FINAL, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await reads.get('c', FINAL, load)).toEqual([3]);
  });
});
