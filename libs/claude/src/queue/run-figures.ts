import { Big } from 'big.js';
import { type ModelLedgerStore, type PriceTable, type RunTotals, usdOf } from '../model/index.js';
import { type Usage, type UsageDifference } from '../stream/index.js';
import { NO_FIGURES, type RunFigures } from './run-outcome.js';
import { type RunRecord } from './run.types.js';

/** Prices beyond these digits are noise of the CLI's binary floating point. */
const COST_DIGITS = 8;

/** What a run has used by the ledger, beside what its CLI counted. The ledger decides: it also knows what broke off. */
export async function wireFigures(
  run: Pick<RunRecord, 'id' | 'request'>,
  cli: RunFigures,
  { ledger, prices, recording }: { ledger: ModelLedgerStore; prices: PriceTable; recording: string },
): Promise<RunFigures> {
  const totals = await ledger.run(run.id);
  const byModel = [...totals.byModel];
  return {
    usage: totals.usage,
    usageByModel: Object.fromEntries(
      byModel.map(([model, { costUnits, ...usage }]) => [model, { ...usage, costUsd: usdOf(costUnits) }]),
    ),
    costUsd: usdOf(totals.costUnits),
    metering:
      totals.requests === 0
        ? null
        : {
            source: 'wire',
            requests: totals.requests,
            failedRequests: totals.failedRequests,
            estimatedOutputTokens: totals.estimatedOutputTokens,
            unpricedModels: byModel.map(([model]) => model).filter((model) => !prices.knows(model)),
            cliDifference: cli === NO_FIGURES ? null : difference(cli, totals),
            ...(run.request.recordModelTraffic ? { recording } : {}),
          },
  };
}

/** The CLI's figures less the wire's; null when they are the same. */
function difference(cli: RunFigures, wire: RunTotals): UsageDifference | null {
  const kinds = Object.keys(wire.usage) as (keyof Usage)[];
  const tokens = Object.fromEntries(kinds.map((kind) => [kind, cli.usage[kind] - wire.usage[kind]])) as Usage;
  const cost = new Big(cli.costUsd).minus(usdOf(wire.costUnits)).round(COST_DIGITS);
  if (cost.eq(0) && kinds.every((kind) => tokens[kind] === 0)) return null;
  return { ...tokens, costUsd: cost.toFixed() };
}
