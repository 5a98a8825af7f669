import { describe, expect, it } from 'vitest';
import { seeded } from '../support/random.js';
import { report, spread } from './statistics.js';

const normal = (count: number, middle: number, deviation: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from(
    { length: count },
    () => middle + deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
};

describe('what chance makes of a difference', () => {
  it('is nothing where nothing varies', () => expect(spread([5, 5, 5], [7, 7, 7])).toBe(0));

  it('is that of two medians, whose deviation is 1.25 times that of a mean', () => {
    const expected = 1.96 * 1.25 * 100 * Math.sqrt(2 / 400);
    const found = spread(normal(400, 700, 100, 1), normal(400, 720, 100, 2));
    expect(found).toBeGreaterThan(expected * 0.75);
    expect(found).toBeLessThan(expected * 1.25);
  });

  it('stands beside the difference, and nowhere else', () => {
    const row = { what: 'x', bare: 10, steward: 12, unit: 'ms', bar: null };
    const [with_, without] = report([{ ...row, spread: 1.5 }, row])
      .split('\n')
      .slice(2);
    expect(with_!.split('|').map((cell) => cell.trim())).toContain('1.50');
    expect(without!.split('|').map((cell) => cell.trim())).not.toContain('1.50');
  });
});
