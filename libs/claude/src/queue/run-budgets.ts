import { Injectable } from '@nestjs/common';
import { budgetOf, ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import {
  DAY_KEPT_MS,
  endOf,
  holdKey,
  MONTH_KEPT_MS,
  payerLedgerKey,
  periodOf,
  type SpendingLimits,
  spendingLimits,
  usdOf,
} from '../model/index.js';
import { type Owner } from '../session/index.js';
import { RunPolicy } from './run-policy.js';
import { type RunRequest } from './run.types.js';

/** What the script that accepts a run needs, to put aside what the run may use of its owner's budgets. */
export interface Reservation {
  readonly at: Date;
  keys(runId: string): string[];
  readonly args: readonly number[];
  /** The answer to a run for which nothing is left. */
  refused(scope: 'day' | 'month'): ClaudeError;
}

/** What a run may use: its own limits, and its owner's by day and month. */
@Injectable()
export class RunBudgets {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly policy: RunPolicy,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  limits(request: RunRequest, owner: Owner): SpendingLimits {
    const own = { costUsd: this.policy.maxCostUsd(request), tokens: this.policy.maxTokens(request) };
    return spendingLimits(own, budgetOf(this.config.options.budgets, owner));
  }

  /** A run without a limit of its own puts nothing aside: it may use what others have left, while they have. */
  reservation(request: RunRequest, owner: Owner): Reservation {
    const at = new Date();
    const { run, day, month } = this.limits(request, owner);
    const period = periodOf(at);
    const wanted = [Math.max(0, run.units), Math.max(0, run.tokens)];
    return {
      at,
      keys: (runId) => [holdKey(runId), payerLedgerKey(owner, period.day), payerLedgerKey(owner, period.month)],
      args: [day.units, day.tokens, month.units, month.tokens, ...wanted, DAY_KEPT_MS, MONTH_KEPT_MS],
      refused: (scope) => {
        this.metrics.count('budgetsExceeded', { scope });
        const limit = scope === 'day' ? day : month;
        return new ClaudeError('budget.exceeded', {
          scope,
          ...(limit.units >= 0 ? { maxCostUsd: usdOf(limit.units) } : {}),
          ...(limit.tokens >= 0 ? { maxTokens: limit.tokens } : {}),
          resetsAt: endOf(scope, at),
        });
      },
    };
  }
}
