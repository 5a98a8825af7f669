// Made by `npm run generate` from the tables of the server; edit those.

import { type Usage } from './event-shapes.generated.js';

/** A budget, or what is left of it. */
export type SpendingLimits = {
  /** USD, a decimal; null: no limit. */
  readonly costUsd: string | null;
  /** Of all kinds together; null: no limit. */
  readonly tokens: number | null;
};

/** What open runs have put aside. */
export type SpendingHeld = {
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly tokens: number;
};

/** What was used, all models together. */
export type SessionSpending = {
  readonly usage: Usage;
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly requests: number;
  readonly failedRequests: number;
  /** Of answers that broke off; not in usage and cost. Budgets count them. */
  readonly estimatedOutputTokens: number;
};

/** What was used in a day or month, beside the budget. */
export type SpendingPart = {
  readonly usage: Usage;
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly requests: number;
  readonly failedRequests: number;
  /** Of answers that broke off; not in usage and cost. Budgets count them. */
  readonly estimatedOutputTokens: number;
  readonly limits: SpendingLimits;
  /** What a run could still use now. */
  readonly left: SpendingLimits;
  /** Put aside for runs that have not ended. */
  readonly held: SpendingHeld;
  /** When the next one begins. */
  readonly resetsAt: string;
};

/** What a caller has used today and this month, UTC. */
export type Spending = {
  readonly day: SpendingPart;
  readonly month: SpendingPart;
};

/** What there is, and how much there may be. */
export type Holding = {
  readonly current: number;
  /** Null: no limit. */
  readonly limit: number | null;
};

/** What a caller has open. */
export type Holdings = {
  /** Open ones. */
  readonly sessions: Holding;
  /** Agent processes of the sessions, those that wait included. */
  readonly processes: Holding;
  /** On disk, of all sessions, as last measured. */
  readonly workspaceBytes: Holding;
};
