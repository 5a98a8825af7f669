import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../../../../test/messages-api/index.js';
import { ask, GatewayBench, messagesBody } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

/** How long the gateway waits for the first byte of an answer. */
describe('an answer that does not begin', () => {
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
  beforeEach(() => api.reset());

  const gateway = async (firstByteMs: number) => {
    const bench = await GatewayBench.start(redis, api.url, { STEWARD_MODEL_FIRST_BYTE_MS: String(firstByteMs) });
    const { url, token } = await bench.serve();
    const asked = (prompt: string, more: object = {}) =>
      ask(url, { 'x-api-key': token }, messagesBody(prompt, { ...more })).catch(
        (error: NodeJS.ErrnoException) => error.code,
      );
    return { bench, asked };
  };

  it('is left, and asked for once more; then the CLI is told not to', async () => {
    const { bench, asked } = await gateway(300);
    await using _bench = bench;
    expect(await asked('[[hang headers]]')).toBe('ECONNRESET');
    expect(await asked('[[hang headers]]')).toMatchObject({ status: 503, headers: { 'x-should-retry': 'false' } });
    const silent = { trouble: 'unreachable', reason: 'ETIMEDOUT', status: null };
    expect(bench.told).toMatchObject([silent, silent]);
    await expect.poll(() => api.journal.map(({ aborted }) => aborted), { timeout: 5000 }).toEqual([true, true]);
    // One that answers makes it new.
    expect(await asked('[[say x]]')).toMatchObject({ status: 200 });
    expect(await asked('[[hang headers]]')).toBe('ECONNRESET');
  });

  it.each([
    ['is only slow', '[[slow first=700]] [[say x]]', 5000, {}],
    ['is to come in one piece', '[[slow first=700]] [[say x]]', 150, { stream: false }],
    ['has much to read first', `[[slow first=700]] [[say x]]${' '.repeat(12 * 1024 ** 2)}`, 150, {}],
    ['was told to be quoted', '[[slow first=700]] [[say x]]', 150, { stream: false, metadata: { stream: true } }],
  ])('is waited for where it %s', async (_name, prompt, firstByteMs, more) => {
    const { bench, asked } = await gateway(firstByteMs);
    await using _bench = bench;
    expect(await asked(prompt, more)).toMatchObject({ status: 200 });
    expect(bench.told).toEqual([]);
  });
});
