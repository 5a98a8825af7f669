import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import {
  DAY_KEPT_MS,
  endOf,
  holdKey,
  modelsLedgerKey,
  MONTH_KEPT_MS,
  type Payer,
  payerLedgerKey,
  type Period,
  periodOf,
  runLedgerKey,
  sessionLedgerKey,
} from './ledger-keys.js';
import { BOOK, RELEASE_HOLD } from './ledger-scripts.js';
import {
  type LedgerTotals,
  modelTotals,
  type ModelTotals,
  type PayerTotals,
  payerTotals,
  runTotals,
  type RunTotals,
} from './ledger-totals.js';
import { type SpendingLimits } from './spending-limits.js';
import { type Usage } from '../stream/index.js';

/** Where a request is booked. */
export interface Account {
  readonly runId: string;
  readonly sessionId: string;
  readonly payer: Payer;
  /** When the run was accepted: its reservation stands there. */
  readonly accepted: Period;
  readonly limits: SpendingLimits;
}

/** What one request has used so far; absolute. */
export interface Entry {
  readonly requestId: string;
  /** The period in which it began; all of it counts there. */
  readonly period: Period;
  readonly model: string;
  readonly state: 'open' | 'done' | 'failed';
  readonly tokens: Usage;
  readonly costUnits: number;
  readonly estimatedTokens: number;
  readonly estimatedUnits: number;
  /** Facts of a request that has ended, as JSON. */
  readonly facts: string;
}

/** What is left after an entry. */
export interface Balance {
  /** Whose budget is used up; null: nobody's. */
  readonly exceeded: BudgetScope | null;
  /** Units of money that may still be spent; null: no limit. */
  readonly unitsLeft: number | null;
  readonly tokensLeft: number | null;
}

export type BudgetScope = 'run' | 'day' | 'month';

/** What was used, in Redis: per request, run, session, payer and model. Shared by all workers, and there after a crash. */
@Injectable()
export class ModelLedgerStore {
  constructor(private readonly redis: RedisConnections) {}

  /** Whether a call goes out at once; else it waits for Redis to come back. */
  get isReady(): boolean {
    return this.redis.patient.status === 'ready';
  }

  /** Books an entry; repeatable. Waits while Redis is away. */
  async book(account: Account, entry: Entry): Promise<Balance> {
    const { runId, sessionId, payer, accepted, limits } = account;
    const { period, tokens } = entry;
    const keys = [
      runLedgerKey(runId),
      sessionLedgerKey(sessionId),
      payerLedgerKey(payer, period.day),
      payerLedgerKey(payer, period.month),
      modelsLedgerKey(period.day),
      holdKey(runId),
      payerLedgerKey(payer, accepted.day),
      payerLedgerKey(payer, accepted.month),
    ];
    const figures = [
      tokens.inputTokens,
      tokens.outputTokens,
      tokens.cacheReadInputTokens,
      tokens.cacheCreationInputTokens,
      entry.costUnits,
      entry.estimatedTokens,
      entry.estimatedUnits,
    ];
    const bounds = [limits.run, limits.day, limits.month].flatMap(({ units, tokens: count }) => [units, count]);
    const [scope, units, left] = await BOOK.run(this.redis.patient, keys, [
      entry.requestId,
      entry.model,
      entry.state,
      ...figures,
      entry.facts,
      ...bounds,
      DAY_KEPT_MS,
      MONTH_KEPT_MS,
    ]);
    const limited = (text: string) => (text === '-1' ? null : Number(text));
    return {
      exceeded: scope === '' ? null : (scope as BudgetScope),
      unitsLeft: limited(units),
      tokensLeft: limited(left),
    };
  }

  /** What a run has used, of all its attempts. */
  async run(runId: string): Promise<RunTotals> {
    return runTotals(await this.redis.patient.hgetall(runLedgerKey(runId)));
  }

  async session(sessionId: string): Promise<LedgerTotals> {
    return payerTotals(await this.redis.commands.hgetall(sessionLedgerKey(sessionId)));
  }

  /** What a caller has used in a day or month, and what its open runs have put aside. */
  async payer(payer: Payer, scope: 'day' | 'month', at: Date): Promise<PayerTotals> {
    const fields = await this.redis.commands.hgetall(payerLedgerKey(payer, periodOf(at)[scope]));
    return { ...payerTotals(fields), resetsAt: endOf(scope, at) };
  }

  /** What all callers have used in a day, by model. */
  async models(day: string): Promise<ReadonlyMap<string, ModelTotals>> {
    return modelTotals(await this.redis.commands.hgetall(modelsLedgerKey(day)));
  }

  /** Repeatable: gives back what an ended run holds of its caller's budgets. */
  async release(account: Pick<Account, 'runId' | 'payer' | 'accepted'>, keptMs: number): Promise<void> {
    const { runId, payer, accepted } = account;
    const days = [payerLedgerKey(payer, accepted.day), payerLedgerKey(payer, accepted.month)];
    await RELEASE_HOLD.run(this.redis.patient, [holdKey(runId), ...days, runLedgerKey(runId)], [keptMs]);
  }

  async forgetSession(sessionId: string): Promise<void> {
    await this.redis.patient.del(sessionLedgerKey(sessionId));
  }
}
