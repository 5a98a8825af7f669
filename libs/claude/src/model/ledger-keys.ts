/** Whose money it is. */
export interface Payer {
  readonly tenant: string;
  readonly user: string;
}

/** A UTC day and month: `2026-11-21` and `2026-11`. */
export interface Period {
  readonly day: string;
  readonly month: string;
}

export function periodOf(at: Date): Period {
  const text = at.toISOString();
  return { day: text.slice(0, 10), month: text.slice(0, 7) };
}

/** When the next one begins, ISO 8601. */
export function endOf(scope: 'day' | 'month', at: Date): string {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  return new Date(scope === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1)).toISOString();
}

export const runLedgerKey = (runId: string): string => `steward:model:run:${runId}`;
/** What a run still holds of its caller's budgets. */
export const holdKey = (runId: string): string => `steward:model:hold:${runId}`;
export const sessionLedgerKey = (sessionId: string): string => `steward:model:session:${sessionId}`;
/** @param part a day or a month */
export const payerLedgerKey = ({ tenant, user }: Payer, part: string): string =>
  `steward:model:payer:${tenant}:${user}:${part}`;
export const modelsLedgerKey = (day: string): string => `steward:model:models:${day}`;

const DAY_MS = 24 * 3_600_000;
/** How long totals stay: days for more than a month, months for more than a year. */
export const DAY_KEPT_MS = 40 * DAY_MS;
export const MONTH_KEPT_MS = 400 * DAY_MS;
