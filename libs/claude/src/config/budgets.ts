import { type CallerRows, fieldsOf, readRows, rowOf } from './caller-rows.js';

const DECIMAL = /^\d{1,9}(\.\d{1,8})?$/;

/** What may be spent in one day or month; null: no limit of that kind. */
export interface BudgetLimits {
  /** USD, a decimal. */
  readonly costUsd: string | null;
  /** Of all kinds together. */
  readonly tokens: number | null;
}

/** What one caller may spend, by UTC day and month. */
export interface Budget {
  readonly day: BudgetLimits;
  readonly month: BudgetLimits;
}

export type Budgets = CallerRows<Budget>;

const NO_LIMITS: BudgetLimits = { costUsd: null, tokens: null };
export const NO_BUDGET: Budget = { day: NO_LIMITS, month: NO_LIMITS };

/** The budget of one caller: the most specific row, as a whole. */
export const budgetOf = (budgets: Budgets, caller: { tenant: string; user: string }): Budget =>
  rowOf(budgets, caller) ?? NO_BUDGET;

/** @throws Error whose message says which row is wrong and why */
export const readBudgets = (value: unknown): Budgets => readRows(value, budget);

function budget(value: unknown, where: string): Budget {
  const row = fieldsOf(value, where, ['day', 'month']);
  return { day: limits(row['day'], `${where}.day`), month: limits(row['month'], `${where}.month`) };
}

function limits(value: unknown, where: string): BudgetLimits {
  if (value === undefined) return NO_LIMITS;
  const { costUsd = null, tokens = null } = fieldsOf(value, where, ['costUsd', 'tokens']);
  if (costUsd !== null && !(typeof costUsd === 'string' && DECIMAL.test(costUsd)))
    throw new Error(`${where}.costUsd has to be a decimal as a text, "12.50"`);
  if (tokens !== null && !(Number.isSafeInteger(tokens) && (tokens as number) >= 0))
    throw new Error(`${where}.tokens has to be a whole number`);
  return { costUsd, tokens: tokens as number | null };
}
