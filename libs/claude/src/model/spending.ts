import { type Budget, type BudgetLimits } from '../config/index.js';
import { type Usage } from '../stream/index.js';
import { type Payer, periodOf } from './ledger-keys.js';
import { type LedgerTotals } from './ledger-totals.js';
import { type ModelLedgerStore } from './model-ledger.store.js';
import { usdOf } from './money.js';
import { limitOf } from './spending-limits.js';

/** What was used, as callers see it. Money is USD, a decimal. */
export interface SessionSpending {
  readonly usage: Usage;
  readonly costUsd: string;
  readonly requests: number;
  readonly failedRequests: number;
  /** Of answers that broke off: not in usage and cost, but in what budgets count. */
  readonly estimatedOutputTokens: number;
}

/** The same of a caller's day or month, beside the budget. */
export interface SpendingPart extends SessionSpending {
  readonly limits: BudgetLimits;
  /** What a run could still use now. */
  readonly left: BudgetLimits;
  /** Put aside for runs that have not ended. */
  readonly held: { readonly costUsd: string; readonly tokens: number };
  /** When the next one begins; ISO 8601. */
  readonly resetsAt: string;
}

export interface Spending {
  readonly day: SpendingPart;
  readonly month: SpendingPart;
}

/** What all callers have used of one model. */
export interface ModelSpending {
  readonly model: string;
  readonly usage: Usage;
  readonly costUsd: string;
}

/** What all callers have used in one day (UTC), the dearest model first. */
export interface DaySpending {
  readonly day: string;
  readonly models: readonly ModelSpending[];
}

/** @param day `2026-11-21`; today without it */
export async function daySpending(ledger: ModelLedgerStore, day = periodOf(new Date()).day): Promise<DaySpending> {
  const byModel = [...(await ledger.models(day))].toSorted(([, a], [, b]) => b.costUnits - a.costUnits);
  const models = byModel.map(([model, { costUnits, ...usage }]) => ({ model, usage, costUsd: usdOf(costUnits) }));
  return { day, models };
}

export function sessionSpending(totals: LedgerTotals): SessionSpending {
  const { usage, costUnits, requests, failedRequests, estimatedOutputTokens } = totals;
  return { usage, costUsd: usdOf(costUnits), requests, failedRequests, estimatedOutputTokens };
}

/** What a caller has used by now, and what is left. */
export async function spendingOf(ledger: ModelLedgerStore, payer: Payer, budget: Budget): Promise<Spending> {
  const at = new Date();
  const part = async (scope: 'day' | 'month'): Promise<SpendingPart> => {
    const totals = await ledger.payer(payer, scope, at);
    const { spentUnits, spentTokens, heldUnits, heldTokens, resetsAt } = totals;
    const limit = limitOf(budget[scope]);
    const units = Math.max(0, limit.units - spentUnits - heldUnits);
    return {
      ...sessionSpending(totals),
      limits: budget[scope],
      left: {
        costUsd: limit.units < 0 ? null : usdOf(units),
        tokens: limit.tokens < 0 ? null : Math.max(0, limit.tokens - spentTokens - heldTokens),
      },
      held: { costUsd: usdOf(heldUnits), tokens: heldTokens },
      resetsAt,
    };
  };
  const [day, month] = await Promise.all([part('day'), part('month')]);
  return { day, month };
}
