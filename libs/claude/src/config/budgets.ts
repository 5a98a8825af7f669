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

/** Budgets of single callers: everybody's, those of a tenant's members, those of one user (`tenant/user`). */
export interface Budgets {
  readonly everyone: Budget | null;
  readonly tenants: Readonly<Record<string, Budget>>;
  readonly users: Readonly<Record<string, Budget>>;
}

export const NO_LIMITS: BudgetLimits = { costUsd: null, tokens: null };
export const NO_BUDGET: Budget = { day: NO_LIMITS, month: NO_LIMITS };

/** The budget of one caller: the most specific row, as a whole. */
export function budgetOf(budgets: Budgets, { tenant, user }: { tenant: string; user: string }): Budget {
  return own(budgets.users, `${tenant}/${user}`) ?? own(budgets.tenants, tenant) ?? budgets.everyone ?? NO_BUDGET;
}

const own = (table: Readonly<Record<string, Budget>>, name: string): Budget | null =>
  Object.hasOwn(table, name) ? table[name]! : null;

type Fields = Readonly<Record<string, unknown>>;

/** @throws Error whose message says which row is wrong and why */
export function readBudgets(value: unknown): Budgets {
  const file = fields(value, 'the file', ['everyone', 'tenants', 'users']);
  return {
    everyone: file['everyone'] === undefined ? null : budget(file['everyone'], 'everyone'),
    tenants: rows(file['tenants'], 'tenants'),
    users: rows(file['users'], 'users'),
  };
}

function rows(value: unknown, name: string): Record<string, Budget> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw new Error(`${name} has to be an object`);
  return Object.fromEntries(
    Object.entries(value).map(([key, given]) => [key, budget(given as unknown, `${name}.${key}`)]),
  );
}

function budget(value: unknown, where: string): Budget {
  const row = fields(value, where, ['day', 'month']);
  return { day: limits(row['day'], `${where}.day`), month: limits(row['month'], `${where}.month`) };
}

function limits(value: unknown, where: string): BudgetLimits {
  if (value === undefined) return NO_LIMITS;
  const { costUsd = null, tokens = null } = fields(value, where, ['costUsd', 'tokens']);
  if (costUsd !== null && !(typeof costUsd === 'string' && DECIMAL.test(costUsd)))
    throw new Error(`${where}.costUsd has to be a decimal as a text, "12.50"`);
  if (tokens !== null && !(Number.isSafeInteger(tokens) && (tokens as number) >= 0))
    throw new Error(`${where}.tokens has to be a whole number`);
  return { costUsd, tokens: tokens as number | null };
}

/** An object with these fields only: a typo in a budget must not be no budget. */
function fields(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} has to be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${where} has no field ${unknown}`);
  return value as Fields;
}
