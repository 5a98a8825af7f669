import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';

/** The last minute, in slots: what is older than that drops out slot by slot. */
const SLOT_MS = 10_000;
const SLOTS = 6;
const KEPT_MS = (SLOTS + 1) * SLOT_MS;

export const RETRY_WINDOW_MS = SLOT_MS * SLOTS;

const keyOf = (nowMs: number): string => `steward:retry-budget:${Math.floor(nowMs / SLOT_MS)}`;

/**
 * Takes one retry out of the budget, if there is one. ARGV now (epoch ms), retries that are always there, percent of the
 * runs. Answers 1 or 0.
 */
const TAKE = new RedisScript<number>(
  'retry_budget_take',
  0,
  `
local slot = math.floor(tonumber(ARGV[1]) / ${SLOT_MS})
local runs, retries = 0, 0
for back = 0, ${SLOTS - 1} do
  local told = redis.call('HMGET', string.format('steward:retry-budget:%d', slot - back), 'runs', 'retries')
  runs = runs + tonumber(told[1] or 0)
  retries = retries + tonumber(told[2] or 0)
end
if retries + 1 > tonumber(ARGV[2]) + runs * tonumber(ARGV[3]) / 100 then return 0 end
local key = string.format('steward:retry-budget:%d', slot)
redis.call('HINCRBY', key, 'retries', 1)
redis.call('PEXPIRE', key, ${KEPT_MS})
return 1
`,
);

/**
 * How many attempts of all workers together may be repeated: a part of the runs of the last minute, and a floor for quiet
 * times. When many runs fail, repeating them all would keep down what they fail at.
 */
@Injectable()
export class RetryBudgetStore {
  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** A run has begun. Nobody waits for it; one that is not counted makes the budget smaller. */
  noteRun(): void {
    const key = keyOf(Date.now());
    const noted = this.redis.commands.multi().hincrby(key, 'runs', 1).pexpire(key, KEPT_MS).exec();
    noted.catch(() => undefined);
  }

  /** @returns false when the budget is used up */
  async take(): Promise<boolean> {
    const { retryBudgetFloor: floor, retryBudgetPercent: percent } = this.config.options;
    const taken = (await TAKE.run(this.redis.patient, [], [Date.now(), floor, percent])) === 1;
    this.metrics.count('retryBudget', { answer: taken ? 'granted' : 'refused' });
    return taken;
  }
}
