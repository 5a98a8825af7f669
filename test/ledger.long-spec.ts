import { expect, it } from 'vitest';
import { LedgerTrial } from './support/ledger.trial.js';

/** The short form; `npm run deaths -- ledger` is the long one. */
it('the ledger of 40 runs is what the provider served, with kills of CLI and server in between', async () => {
  await using trial = await LedgerTrial.start();
  for (let n = 0; n < 5; n += 1) await trial.round(n, n === 2);
  const { runs, states, served, byRun, byPayer, requests } = await trial.report();
  expect(runs).toBe(40);
  expect(states['completed']).toBe(20);
  expect(byRun).toEqual(served);
  const all = Object.values(served).reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  expect(byPayer.outputTokens).toBe(all);
  expect(requests.byPayer).toBe(requests.served);
}, 300_000);
