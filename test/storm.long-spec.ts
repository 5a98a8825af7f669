import { describe, expect, it } from 'vitest';
import { Storm } from './storm/storm.js';

/** The short form of `npm run storm`. */
describe('a storm', () => {
  it('is outlived by all who asked nothing wrong', { timeout: 400_000 }, async () => {
    const report = await Storm.run({ seconds: 10, everyMs: 1000, patienceMs: 200_000 }, (line) => console.log(line));
    console.log(report);
    expect(report.faults).toEqual([]);
    expect(report.failedByWeather).toBeGreaterThan(0);
    expect(report.waitedForOutage).toBeGreaterThan(0);
  });
});
