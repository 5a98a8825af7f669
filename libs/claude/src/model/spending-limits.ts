import { type Budget, type BudgetLimits } from '../config/index.js';
import { unitsOf } from './money.js';

/** Limits of one kind each; -1: none. */
export interface Limit {
  readonly units: number;
  readonly tokens: number;
}

export const NO_LIMIT: Limit = { units: -1, tokens: -1 };

/** What a run may use: its own limit, and what is left of its caller's day and month. */
export interface SpendingLimits {
  readonly run: Limit;
  readonly day: Limit;
  readonly month: Limit;
}

export function limitOf({ costUsd, tokens }: BudgetLimits): Limit {
  return { units: costUsd === null ? -1 : unitsOf(costUsd), tokens: tokens ?? -1 };
}

export const spendingLimits = (run: BudgetLimits, budget: Budget): SpendingLimits => ({
  run: limitOf(run),
  day: limitOf(budget.day),
  month: limitOf(budget.month),
});
