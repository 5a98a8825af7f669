import { type ModelLedgerStore, periodOf, type SpendingLimits, unitsOf } from '../model/index.js';
import { NO_FIGURES, type RunFigures } from './run-outcome.js';
import { type RunRecord } from './run.types.js';

/** Where a cloud answers the CLI: what it counted itself goes into the ledger when the run ends, one entry a model. */
export async function bookCliFigures(
  run: RunRecord,
  cli: RunFigures,
  ledger: ModelLedgerStore,
  limits: SpendingLimits,
): Promise<RunFigures> {
  const models = Object.entries(cli.usageByModel);
  if (cli === NO_FIGURES || models.length === 0) return cli;
  const accepted = periodOf(new Date(run.createdAt));
  const account = { runId: run.id, sessionId: run.sessionId, payer: run.owner, accepted, limits };
  for (const [model, { costUsd, ...tokens }] of models) {
    const figures = { model, tokens, costUnits: unitsOf(costUsd), estimatedTokens: 0, estimatedUnits: 0 };
    const head = { requestId: `cli:${run.attempts}:${model}`, period: periodOf(new Date()) };
    await ledger.book(account, { ...head, ...figures, state: 'done', facts: '' });
  }
  return {
    ...cli,
    metering: {
      source: 'cli',
      requests: models.length,
      failedRequests: 0,
      estimatedOutputTokens: 0,
      unpricedModels: [],
      cliDifference: null,
    },
  };
}
