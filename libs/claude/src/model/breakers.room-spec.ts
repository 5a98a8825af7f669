import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../../../../test/messages-api/index.js';
import { ask, GatewayBench, messagesBody } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { runLedgerKey } from './ledger-keys.js';
import { NO_LIMIT } from './spending-limits.js';

const OPEN_MS = 200;

/** What the breakers in front of the provider do when a request does not come to its end by itself. */
describe('the model gateway and its breakers', () => {
  let redis: RedisConnections;
  let api: MessagesApi;

  beforeAll(async () => {
    redis = await connectRedis();
    api = await startMessagesApi();
  });
  afterAll(async () => {
    await api.close();
    await redis.close();
  });

  it('a probe that breaks before it is sent is over: another one may try', async () => {
    const env = { STEWARD_BREAKER_FAILURES: '1', STEWARD_BREAKER_OPEN_MS: `${OPEN_MS}` };
    await using bench = await GatewayBench.start(redis, api.url, env);
    // With a limit the ledger is asked before the provider is.
    const limits = { run: { units: -1, tokens: 1_000_000 }, day: NO_LIMIT, month: NO_LIMIT };
    const { url, token, order, door, shut } = await bench.serve({ limits });
    const status = (prompt: string) =>
      ask(url, { 'x-api-key': token }, messagesBody(prompt)).then(
        (answer) => answer.status,
        () => 0,
      );
    const due = (times: number) => new Promise((done) => setTimeout(done, times * OPEN_MS + 20));
    expect(await status('[[error 500]]')).toBe(500);
    await status('[[say x]]');
    expect(shut.map(({ code }) => code)).toEqual(['breaker.open']);
    await due(1);
    const key = runLedgerKey(order.runId);
    await redis.commands.rename(key, `${key}:aside`);
    await redis.commands.set(key, 'no ledger');
    expect(await status('[[say x]]')).not.toBe(200);
    await redis.commands.rename(`${key}:aside`, key);
    // One that shows nothing has failed, and doubles the time.
    await due(2);
    expect(await status('[[say x]]')).toBe(200);
    expect(shut).toHaveLength(1);
    await door.unassign();
  });
});
