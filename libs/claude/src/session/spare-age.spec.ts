import { describe, expect, it } from 'vitest';
import { isTooOld } from './spare-age.js';

/** Local times, as those of the CLI are. */
const at = (day: number, hours: number, minutes: number): Date => new Date(2026, 10, day, hours, minutes);

describe('the age of a spare', () => {
  it.each([
    ['one of this day', at(21, 0, 1), at(21, 23, 59), 1000, false],
    ['one that waited longer than it may', at(21, 12, 0), at(21, 12, 1), 1001, true],
    ['one of yesterday, a minute old', at(21, 23, 59), at(22, 0, 0), 60, true],
    ['one of the same day a year ago', new Date(2025, 10, 21), at(21, 12, 0), 60, true],
  ])('%s', (_what, madeAt, now, ageMs, tooOld) => {
    expect(isTooOld({ madeAt, ageMs }, 1000, now)).toBe(tooOld);
  });
});
