import { type Usage } from './api.types.js';

/** What was used, all models together. */
export interface SessionSpending {
  readonly usage: Usage;
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly requests: number;
  readonly failedRequests: number;
  /** Of answers that broke off; not in usage and cost. Budgets count them. */
  readonly estimatedOutputTokens: number;
}

/** Money in USD, a decimal, and tokens of all kinds together; null: no limit. */
export interface SpendingLimits {
  readonly costUsd: string | null;
  readonly tokens: number | null;
}

/** The same of a day or month, beside the budget. */
export interface SpendingPart extends SessionSpending {
  readonly limits: SpendingLimits;
  /** What a run could still use now. */
  readonly left: SpendingLimits;
  /** Put aside for runs that have not ended. */
  readonly held: { readonly costUsd: string; readonly tokens: number };
  /** When the next one begins; ISO 8601 UTC. */
  readonly resetsAt: string;
}

/** What a caller has used today and this month, UTC. */
export interface Spending {
  readonly day: SpendingPart;
  readonly month: SpendingPart;
}
