import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { type ClaudeConfigService } from '../config/index.js';
import { type ClaudeMetricsService } from '../metrics/index.js';
import { RetryBudgetStore } from './retry-budget.store.js';

const OWN_DATABASE = 10;

describe('the budget of retries', () => {
  let redis: RedisConnections;
  const counted: unknown[] = [];
  const metrics = { count: (_key: string, { answer }: { answer: string }) => counted.push(answer) };
  /** One worker's view of it. */
  const budget = (floor: number, percent: number) =>
    new RetryBudgetStore(
      redis,
      { options: { retryBudgetFloor: floor, retryBudgetPercent: percent } } as ClaudeConfigService,
      metrics as unknown as ClaudeMetricsService,
    );
  const taken = async (store: RetryBudgetStore, times: number) => {
    const answers: boolean[] = [];
    for (let n = 0; n < times; n += 1) answers.push(await store.take());
    return answers.filter(Boolean).length;
  };

  beforeAll(async () => {
    redis = await connectRedis(OWN_DATABASE);
  });
  beforeEach(async () => {
    counted.length = 0;
    await redis.commands.flushdb();
  });
  afterAll(async () => {
    await redis.commands.flushdb();
    await redis.close();
  });

  it('is the floor where nothing runs, for all workers together', async () => {
    expect(await taken(budget(3, 20), 2)).toBe(2);
    expect(await taken(budget(3, 20), 5)).toBe(1);
    expect(counted).toEqual(['granted', 'granted', 'granted', 'refused', 'refused', 'refused', 'refused']);
  });

  it('grows with the runs', async () => {
    const store = budget(1, 20);
    for (let n = 0; n < 20; n += 1) store.noteRun();
    expect(await taken(store, 10)).toBe(5);
  });

  it('may be none', async () => {
    expect(await taken(budget(0, 0), 3)).toBe(0);
  });

  it('comes back with time', async () => {
    const store = budget(2, 0);
    expect(await taken(store, 3)).toBe(2);
    const [key] = await redis.commands.keys('steward:retry-budget:*');
    const [, slot] = /:(\d+)$/.exec(key!)!;
    await redis.commands.rename(key!, `steward:retry-budget:${Number(slot) - 6}`);
    expect(await taken(store, 3)).toBe(2);
  });
});
