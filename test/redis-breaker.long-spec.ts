import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { RedisProcess } from './support/redis.process.js';
import { ServerProcess } from './support/server.process.js';

const API = '/api/v1/claude';

interface Health {
  readonly status: string;
  readonly breakers: readonly { readonly scope: string; readonly state: string; readonly cause: string | null }[];
}

/** From the first question that Redis does not answer to the first submission that it takes again. */
describe('the breaker of Redis', () => {
  let redis: RedisProcess;
  let model: MessagesApi;
  let server: ServerProcess;
  beforeAll(async () => {
    [redis, model] = await Promise.all([RedisProcess.start(), startMessagesApi()]);
    const env = { REDIS_URL: redis.url, STEWARD_SESSION_LEASE_MS: '60000', STEWARD_RENEW_DEADLINE_MS: '50000' };
    server = await ServerProcess.start({ modelUrl: model.url, env });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await model?.close();
  });

  const submit = () => send(server.url, `${API}/execute/async`, { method: 'POST', body: { prompt: '[[say x]]' } });
  const health = async () => JSON.parse((await send(server.url, `${API}/health`)).text) as Health;
  const ofRedis = async () => (await health()).breakers.filter(({ scope }) => scope === 'redis');
  const figure = async (line: string) => (await send(server.url, '/metrics')).text.split('\n').includes(line);

  const isOpen = async () => {
    const open = { scope: 'redis', state: 'open', cause: 'queue.unavailable' };
    await expect.poll(ofRedis, { timeout: 60_000 }).toMatchObject([open]);
    expect(await health()).toMatchObject({ status: 'degraded', runs: { open: null }, sessions: { open: null } });
    expect(await figure('steward_breakers_open{scope="redis"} 1')).toBe(true);
    // At once: nobody waits for a Redis that is known to be away.
    await expect.poll(submit, { timeout: 30_000 }).toMatchObject({
      status: 503,
      problem: { code: 'queue.unavailable', retryable: true, details: { retryAt: expect.any(String) as string } },
    });
    expect((await send(server.url, '/health/live')).status).toBe(200);
  };
  const isClosed = async () => {
    await expect.poll(async () => (await submit()).status, { timeout: 60_000 }).toBe(202);
    // The watch finds it by itself, a moment after the first submission got through.
    await expect.poll(async () => (await ofRedis()).filter(({ state }) => state === 'open')).toEqual([]);
    await expect.poll(() => figure('steward_breakers_open{scope="redis"} 0')).toBe(true);
  };

  it('opens while it does not answer, is seen wherever breakers are, and closes by itself', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=600 delay=20]]' });
    const { whole } = await followUntil(server.client(), id, ({ type }) => type === 'text.delta');
    redis.signal('SIGSTOP');
    await isOpen().finally(() => redis.signal('SIGCONT'));
    await isClosed();
    expect(server.output()).toMatch(/"scope":"redis"[^\n]*"state":"open"[^\n]*a breaker opened/);
    const frames = await whole;
    expectWhole(frames);
    expect(frames.at(-1)?.type).toBe('run.completed');
    const told = frames.flatMap(({ type, data }) => (type === 'run.progress' ? [data['activity']] : []));
    expect(told).toContain('redis');
  });

  it('opens when it is gone, and closes when another one stands there', async () => {
    await redis.kill();
    await isOpen().finally(() => redis.startAgain());
    await isClosed();
  });
});
