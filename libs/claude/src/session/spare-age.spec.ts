import { describe, expect, it } from 'vitest';
import { isTooOld } from './spare-age.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Local time, as that of the CLI is. */
const at = (hours: number, minutes: number): Date => new Date(2026, 10, 22, hours, minutes);

describe('the age of a spare', () => {
  it.each([
    ['one of this day', 5 * MINUTE_MS, at(0, 5), false],
    ['one that waited longer than it may', 11 * MINUTE_MS, at(12, 0), true],
    ['one of yesterday, a minute old', MINUTE_MS, at(0, 0), true],
    ['one of the same time of another day', DAY_MS, at(12, 0), true],
  ])('%s', (_what, ageMs, now, tooOld) => {
    expect(isTooOld(ageMs, 10 * MINUTE_MS, now)).toBe(tooOld);
  });
});
