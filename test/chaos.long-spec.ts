import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos/chaos.js';

const SHORT = { seed: 5, faults: 8, workers: 2, apis: 2, lanes: 4, gapMs: 1500 };

/** The short form of `npm run chaos`: the same mix, faults and proofs. */
describe('chaos', () => {
  it('does no harm: runs end once, frames are whole, tools act once, books are right, nothing is left', async () => {
    const lines: string[] = [];
    const report = await runChaos(SHORT, (line) => lines.push(line));
    expect(report.faults, [...lines, `logs: ${report.logs}`].join('\n')).toEqual([]);
    expect(Object.values(report.struck).reduce((sum, count) => sum + count, 0)).toBe(SHORT.faults);
    expect(report.ended.length).toBeGreaterThanOrEqual(SHORT.lanes);
  }, 600_000);
});
