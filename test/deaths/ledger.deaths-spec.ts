import { expect, it } from 'vitest';
import { LedgerTrial } from '../support/ledger.trial.js';

const ROUNDS = 25;

it('the ledger of 200 runs is what the provider served, with kills of CLI and server in between', async () => {
  await using trial = await LedgerTrial.start();
  for (let n = 0; n < ROUNDS; n += 1) await trial.round(n, n % 5 === 2);
  const report = await trial.report();
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  expect(report.runs).toBe(8 * ROUNDS);
  expect(report.byRun).toEqual(report.served);
  expect(report.requests.byPayer).toBe(report.requests.served);
}, 1_800_000);
