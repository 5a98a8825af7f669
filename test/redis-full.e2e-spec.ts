import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame } from '@steward/client';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { RedisProcess } from './support/redis.process.js';
import { ServerProcess } from './support/server.process.js';

const LEASE_MS = 5000;

/** It is there and refuses what needs memory, as one does that is a replica by now, or cannot write to its disk. */
describe('a Redis that takes no writes', () => {
  let redis: RedisProcess;
  let model: MessagesApi;
  let server: ServerProcess;
  let admin: Redis;
  beforeAll(async () => {
    [redis, model] = await Promise.all([RedisProcess.start(), startMessagesApi({ hostTexts: RESUME_TURNS })]);
    const env = {
      REDIS_URL: redis.url,
      STEWARD_SESSION_LEASE_MS: `${LEASE_MS}`,
      STEWARD_RENEW_DEADLINE_MS: '3500',
      STEWARD_RUN_ATTEMPTS: '3',
    };
    server = await ServerProcess.start({ modelUrl: model.url, env });
    admin = new Redis(redis.url);
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await model?.close();
  });

  const refuse = async (refuses: boolean) => void (await admin.config('SET', 'maxmemory', refuses ? '1mb' : '0'));
  const running = async (prompt: string) => {
    const { id, sessionId } = await server.client().submit({ prompt });
    await expect.poll(async () => (await server.client().run(id)).activity?.what).toBe('tool');
    return { id, sessionId };
  };
  const whole = async (id: string) => {
    const frames = (await collect(server.client().follow(id))) as Frame[];
    expectWhole(frames);
    return server.client().run(id);
  };

  it('for a moment is waited for: the run notices nothing, and who submits is told', async () => {
    const { id, sessionId } = await running('[[bash echo x >> effects; sleep 1]] [[say done]]');
    await refuse(true);
    const body = { prompt: '[[say x]]' };
    const refused = await send(server.url, '/api/v1/claude/execute/async', { method: 'POST', body });
    expect(refused).toMatchObject({ status: 503, problem: { code: 'queue.unavailable', retryable: true } });
    await new Promise((done) => setTimeout(done, 1500));
    await refuse(false);
    expect(await whole(id)).toMatchObject({ state: 'completed', attempts: 1, result: { text: 'done' } });
    const next = await server.client().execute({ prompt: '[[bash cat effects]] [[result]]', sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'x' } });
  });

  it('for longer than the lease of a session: the run goes on when it takes them again, with nothing done twice', async () => {
    const { id, sessionId } = await running('[[bash echo x >> effects; sleep 2]] [[say done]]');
    await refuse(true);
    try {
      // Known within seconds; from then on nobody waits.
      const api = '/api/v1/claude';
      const health = async () => (await send(server.url, `${api}/health`)).text;
      await expect.poll(health).toMatch(/"scope":"redis"[^}]*"state":"open"/);
      const refused = await send(server.url, `${api}/sessions/${sessionId}`, { method: 'DELETE' });
      expect(refused).toMatchObject({ status: 503, problem: { code: 'queue.unavailable' } });
      await new Promise((done) => setTimeout(done, LEASE_MS));
    } finally {
      await refuse(false);
    }
    expect((await whole(id)).state).toBe('completed');
    const next = await server.client().execute({ prompt: '[[bash cat effects]] [[result]]', sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'x' } });
  });
});
