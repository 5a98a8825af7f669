import { type Usage } from '../stream/index.js';
import { type ModelUsage, type ResultMessage } from './cli-message.types.js';
import { addUsage, figure, NO_USAGE, usageOfModel } from './usage-sum.js';

/** The CLI's totals since the start of its process; a run is the difference of two of them (PROTOCOL.md §8). */
export interface CliTotals {
  readonly models: Readonly<Record<string, { readonly usage: Usage; readonly costUsd: number }>>;
  readonly costUsd: number;
}

export const NO_TOTALS: CliTotals = { models: {}, costUsd: 0 };

export const totalsOf = (result: Pick<ResultMessage, 'modelUsage' | 'total_cost_usd'>): CliTotals =>
  totals(result.modelUsage, result.total_cost_usd);

/** The same figures between two results, as `get_usage` answers them; null when the answer has another shape. */
export function totalsOfUsage(answer: Readonly<Record<string, unknown>>): CliTotals | null {
  const session = answer['session'] as { total_cost_usd?: unknown; model_usage?: unknown } | undefined;
  const cost = session?.total_cost_usd;
  if (typeof cost !== 'number' || typeof session?.model_usage !== 'object') return null;
  return totals(session.model_usage as Record<string, ModelUsage>, cost);
}

function totals(models: Readonly<Record<string, ModelUsage | null>> | null | undefined, costUsd: unknown): CliTotals {
  const sums = new Map<string, { usage: Usage; costUsd: number }>();
  for (const [name, told] of Object.entries(models ?? {})) {
    const model = told ?? {};
    // `claude-x[1m]` is the same model with a larger window.
    const key = name.replace(/\[[^\]]*\]$/, '');
    const known = sums.get(key) ?? { usage: NO_USAGE, costUsd: 0 };
    sums.set(key, {
      usage: addUsage(known.usage, usageOfModel(model)),
      costUsd: known.costUsd + figure(model.costUSD),
    });
  }
  return { models: Object.fromEntries(sums), costUsd: figure(costUsd) };
}
