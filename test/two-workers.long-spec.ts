import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { RedisProcess } from './support/redis.process.js';
import { ServerProcess } from './support/server.process.js';
import { agentCounts, startedAs } from './support/warm.js';

const SHORT = {
  STEWARD_SESSION_LEASE_MS: '8000',
  STEWARD_RENEW_DEADLINE_MS: '4000',
  STEWARD_RECONCILE_MS: '500',
};

/** Two workers at one Redis and one data folder: a session has one process, wherever its runs arrive. */
describe('two workers', () => {
  let api: MessagesApi;
  let redis: RedisProcess;
  let dataDir: string;

  beforeAll(async () => {
    api = await startMessagesApi();
    redis = await RedisProcess.start();
    dataDir = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    await api.close();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (env: Record<string, string> = {}) =>
    ServerProcess.start({
      modelUrl: api.url,
      dataDir,
      env: { REDIS_URL: redis.url, ...SHORT, ...env },
    });
  const last = () => JSON.stringify(api.journal.findLast((entry) => entry.kind === 'step')?.body?.messages);
  const run = async (server: ServerProcess, prompt: string, sessionId: string) => {
    const ended = await server.client().execute({ prompt, sessionId });
    expect(ended.error).toBeNull();
    return startedAs(server, ended.id);
  };

  it('the one that keeps a session hot carries its runs, whoever takes the job', async () => {
    await using one = await start();
    await using two = await start();
    const { sessionId } = await one.client().execute({ prompt: 'word-0 [[say 0]]' });
    for (let round = 1; round <= 8; round += 1) {
      const server = round % 2 === 0 ? one : two;
      expect(await run(server, `word-${round} [[say ${round}]]`, sessionId)).toBe('hot');
    }
    for (let round = 0; round <= 8; round += 1) expect(last()).toContain(`word-${round}`);
    // The process is put aside after the end of the run is told.
    const counts = () => Promise.all([agentCounts(one), agentCounts(two)]);
    await expect.poll(async () => (await counts()).map(({ hot }) => hot).toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('one that is full lets go, and the other resumes; the history is one', async () => {
    await using one = await start({ STEWARD_WORKER_CONCURRENCY: '1' });
    const { sessionId } = await one.client().execute({ prompt: 'amber [[say kept]]' });
    const long = await one.client().submit({ prompt: '[[text n=3000 delay=20]]' });
    await expect.poll(async () => (await one.client().run(long.id)).lastSeq, { timeout: 20_000 }).toBeGreaterThan(5);
    await expect.poll(async () => (await agentCounts(one)).hot).toBe(1);
    await using two = await start();
    expect(await run(two, 'again [[say b]]', sessionId)).toBe('resumed');
    expect(last()).toContain('amber');
    await expect.poll(async () => (await agentCounts(one)).hot).toBe(0);
    expect(await run(two, 'and again [[say c]]', sessionId)).toBe('hot');
    await one.client().cancel(long.id);
  });

  it('closing a session at one ends its process at the other', async () => {
    await using one = await start();
    const { sessionId } = await one.client().execute({ prompt: '[[say kept]]' });
    await using two = await start({ STEWARD_ROLE: 'api' });
    await two.client().closeSession(sessionId);
    await expect.poll(async () => (await agentCounts(one)).hot).toBe(0);
  });

  it('when one is killed, the other goes on after its lease, and the session never looks alive in between', async () => {
    const one = await start();
    const { sessionId } = await one.client().execute({ prompt: 'indigo [[say kept]]' });
    await using two = await start();
    await one.stop('SIGKILL');
    const { id } = await two.client().submit({ prompt: 'on [[say b]]', sessionId });
    const frames = await collect(two.client().follow(id));
    expectWhole(frames);
    expect(frames.at(-1)?.type).toBe('run.completed');
    expect(await startedAs(two, id)).toBe('resumed');
    expect(last()).toContain('indigo');
    await one[Symbol.asyncDispose]();
  });

  it('a killed worker’s hot session is told as hibernated once its lease is over', async () => {
    const one = await start();
    const { sessionId } = await one.client().execute({ prompt: '[[say kept]]' });
    await using two = await start({ STEWARD_ROLE: 'api' });
    expect((await two.client().session(sessionId)).state).toBe('idle');
    await one.stop('SIGKILL');
    const state = async () => (await two.client().session(sessionId)).state;
    await expect.poll(state, { timeout: 20_000 }).toBe('hibernated');
    await one[Symbol.asyncDispose]();
  });
});
