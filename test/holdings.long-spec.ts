import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StewardClient } from '@steward/client';
import { hashKey } from '@steward/identity';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { RedisProcess } from './support/redis.process.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const KEYS = { ann: 'key-of-ann', bob: 'key-of-bob', ops: 'key-of-ops' };
const API_KEYS = `ann:acme:user:${hashKey(KEYS.ann)},bob:acme:user:${hashKey(KEYS.bob)},ops:acme:operator:${hashKey(KEYS.ops)}`;
const KIB = 1024;

let api: MessagesApi;
let template: string;
beforeAll(async () => {
  api = await startMessagesApi();
  template = mkdtempSync(join(tmpdir(), 'steward-holdings-'));
  mkdirSync(join(template, 'src'));
  writeFileSync(join(template, 'src', 'file.txt'), Buffer.alloc(100 * KIB, 1));
});
afterAll(async () => {
  await api.close();
  rmSync(template, { recursive: true });
});
const TEMPLATE = { kind: 'template', name: 'begin' } as const;
const start = (env: Record<string, string>) =>
  ServerProcess.start({
    modelUrl: api.url,
    env: { STEWARD_API_KEYS: API_KEYS, STEWARD_WORKSPACE_TEMPLATES: `begin=${template}`, ...env },
  });
const run = async (client: StewardClient, prompt: string, more: object = {}) => {
  const ended = await client.execute({ prompt, ...more });
  expect(ended.error).toBeNull();
  return ended;
};

describe('what one owner and all may have', () => {
  it('open sessions: of one owner, and of all', async () => {
    await using server = await start({ STEWARD_MAX_SESSIONS: '2', STEWARD_MAX_SESSIONS_TOTAL: '3' });
    const [ann, bob] = [server.client(KEYS.ann), server.client(KEYS.bob)];
    const first = await ann.createSession();
    await ann.createSession();
    await expect(ann.createSession()).rejects.toMatchObject({
      code: 'session.limit_reached',
      problem: { status: 429, details: { limit: 2, current: 2 } },
    });
    await bob.createSession();
    await expect(bob.createSession()).rejects.toMatchObject({
      code: 'session.total_reached',
      problem: { status: 503, details: { limit: 3, current: 3 } },
    });
    await expect(bob.submit({ prompt: 'x' })).rejects.toMatchObject({ code: 'session.total_reached' });
    expect(await ann.limits()).toMatchObject({ sessions: { current: 2, limit: 2 } });
    await ann.closeSession(first.id);
    await bob.createSession();
  });

  it('bytes on disk: of one owner, and of all, with the figures of now', async () => {
    const limits = {
      STEWARD_MAX_OWNER_WORKSPACE_BYTES: String(250 * KIB),
      STEWARD_MAX_TOTAL_WORKSPACE_BYTES: String(350 * KIB),
    };
    await using server = await start(limits);
    const [ann, bob] = [server.client(KEYS.ann), server.client(KEYS.bob)];
    const open = (client: StewardClient) => client.createSession(undefined, { workspace: TEMPLATE });
    const first = await open(ann);
    const each = first.workspace.bytes;
    expect(each).toBeGreaterThanOrEqual(100 * KIB);
    expect(each).toBeLessThan(120 * KIB);
    await open(ann);
    const before = readdirSync(join(server.dataDir, 'sessions')).length;
    await expect(open(ann)).rejects.toMatchObject({
      code: 'workspace.quota_reached',
      problem: { status: 429, details: { limit: 250 * KIB, current: 2 * each, asked: each } },
    });
    await expect(ann.forkSession(first.id)).rejects.toMatchObject({ code: 'workspace.quota_reached' });
    await open(bob);
    await expect(open(bob)).rejects.toMatchObject({
      code: 'workspace.total_reached',
      problem: { status: 503, details: { limit: 350 * KIB, current: 3 * each } },
    });
    // Only that of Bob's session came.
    expect(readdirSync(join(server.dataDir, 'sessions')).length).toBe(before + 1);
    expect((await ann.limits()).workspaceBytes).toEqual({ current: 2 * each, limit: 250 * KIB });
    await ann.closeSession(first.id);
    expect((await ann.limits()).workspaceBytes.current).toBe(each);
    await open(ann);
  });

  it('bytes on disk: files that are put count, too, at once, in whichever session, until they are removed', async () => {
    await using server = await start({ STEWARD_MAX_OWNER_WORKSPACE_BYTES: String(250 * KIB) });
    const ann = server.client(KEYS.ann);
    const sessions = await Promise.all([...Array(6)].map(async () => (await ann.createSession()).id));
    const call = (method: string, id: string, name: string, body?: Buffer) => {
      const headers = { authorization: `Bearer ${KEYS.ann}` };
      return send(server.url, `/api/v1/claude/sessions/${id}/files/${name}`, { method, body, headers });
    };
    const put = (id: string, name: string, kib = 100) => call('PUT', id, name, Buffer.alloc(kib * KIB, 1));
    // The first file of each makes its folders.
    for (const id of sessions) expect((await put(id, 'small', 1)).status).toBe(201);
    const answers = await Promise.all(sessions.map((id) => put(id, 'large')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    for (const { status, problem } of answers.filter((one) => one.status !== 201))
      expect([status, problem.code]).toEqual([429, 'workspace.quota_reached']);
    const full = sessions[answers.findIndex(({ status }) => status === 201)]!;
    expect((await put(full, 'more')).problem.code).toBe('workspace.quota_reached');
    expect((await call('DELETE', full, 'large')).status).toBe(204);
    expect((await put(full, 'more', 90)).status).toBe(201);
    const { current } = (await ann.limits()).workspaceBytes;
    // What it is put over goes.
    expect((await put(full, 'more', 10)).status).toBe(200);
    expect((await ann.limits()).workspaceBytes.current).toBeLessThanOrEqual(current - 79 * KIB);
  });

  it('processes of one owner: the run waits, and the least recently used one that waits is ended for the next', async () => {
    await using server = await start({ STEWARD_MAX_OWNER_PROCESSES: '2' });
    const [ann, bob] = [server.client(KEYS.ann), server.client(KEYS.bob)];
    const state = async (client: StewardClient, id: string) => (await client.session(id)).state;
    const others = await run(bob, '[[say other]]');
    const [one, two] = [await run(ann, '[[say one]]'), await run(ann, '[[say two]]')];
    await expect.poll(() => state(ann, one.sessionId)).toBe('idle');
    await expect.poll(() => state(ann, two.sessionId)).toBe('idle');
    expect((await ann.limits()).processes).toEqual({ current: 2, limit: 2 });
    // The first one was used last.
    await run(ann, '[[say again]]', { sessionId: one.sessionId });
    await expect.poll(() => state(ann, one.sessionId)).toBe('idle');
    const three = await run(ann, '[[say three]]');
    await expect.poll(() => state(ann, three.sessionId)).toBe('idle');
    expect(await state(ann, two.sessionId)).toBe('hibernated');
    expect(await state(ann, one.sessionId)).toBe('idle');
    expect(await state(bob, others.sessionId)).toBe('idle');
    expect((await ann.limits()).processes.current).toBe(2);

    // Two work: the third waits, and others do not.
    const long = [
      await ann.submit({ prompt: '[[text n=60 delay=50]]' }),
      await ann.submit({ prompt: '[[text n=60 delay=50]]' }),
    ];
    const waits = await ann.submit({ prompt: '[[say waited]]' });
    await expect
      .poll(async () => (await Promise.all(long.map(({ id }) => ann.run(id)))).map((r) => r.state))
      .toEqual(['running', 'running']);
    expect((await ann.run(waits.id)).state).toBe('pending');
    expect((await run(bob, '[[say free]]')).state).toBe('completed');
    expect(await ann.result(waits.id)).toMatchObject({ state: 'completed', result: { text: 'waited' } });
    const ends = await Promise.all(long.map(({ id }) => ann.result(id)));
    const began = Date.parse((await ann.run(waits.id)).startedAt!);
    expect(Math.min(...ends.map(({ endedAt }) => Date.parse(endedAt!)))).toBeLessThanOrEqual(began);
  });

  it('processes of all: somebody else’s waiting one is ended for a new one', async () => {
    await using server = await start({ STEWARD_MAX_TOTAL_PROCESSES: '1' });
    const [ann, bob] = [server.client(KEYS.ann), server.client(KEYS.bob)];
    const first = await run(ann, 'turmeric [[say one]]');
    await expect.poll(async () => (await ann.session(first.sessionId)).state).toBe('idle');
    await run(bob, '[[say two]]');
    await expect.poll(async () => (await ann.session(first.sessionId)).state).toBe('hibernated');
    const back = await run(ann, '[[say back]]', { sessionId: first.sessionId });
    const { data } = await ann.history(back.id);
    expect(data.find(({ type }) => type === 'run.started')?.data).toMatchObject({ process: 'resumed' });
  });
});

describe('nothing is left of closed sessions', () => {
  let redis: RedisProcess;
  let store: Redis;
  beforeEach(async () => {
    redis = await RedisProcess.start();
    store = new Redis(redis.url);
  });
  afterEach(async () => {
    store.disconnect();
    await redis[Symbol.asyncDispose]();
  });
  /** What stays of runs for their retention, of the caller's month, and of the servers; each has an end of its own. */
  const STAYS =
    /^steward:(run|log|log-rest|log-text|feed|runs|idempotency|model|sched|bull|spare-owner|reconciler|wake|retry-budget|sandbox:(uid-pool|next-uid))(:|$)|^steward:clean-up(:lock)?$/;
  const keys = async () => (await store.keys('*')).filter((key) => !STAYS.test(key)).toSorted();

  it('whether they were closed by a call or by the clean-up, by one of two workers', async () => {
    const env = {
      REDIS_URL: redis.url,
      STEWARD_SESSION_RETENTION_MS: '60000',
      STEWARD_HOT_IDLE_MS: '500',
      STEWARD_CLEAN_UP_MS: '1000',
    };
    await using server = await start(env);
    await using second = await ServerProcess.start({
      modelUrl: api.url,
      dataDir: server.dataDir,
      env: {
        STEWARD_API_KEYS: API_KEYS,
        STEWARD_WORKSPACE_TEMPLATES: `begin=${template}`,
        STEWARD_ROLE: 'worker',
        ...env,
      },
    });
    expect(second.isGone).toBe(false);
    const ann = server.client(KEYS.ann);
    const folders = () => readdirSync(join(server.dataDir, 'sessions'));
    const files = [...new Set([...readdirSync(server.dataDir), 'sessions'])].toSorted();
    const before = await keys();

    const sessions = [
      (await run(ann, '[[bash echo x > f]] [[say a]]')).sessionId,
      (await run(ann, '[[say b]]', { workspace: TEMPLATE })).sessionId,
      (await ann.createSession(undefined, { workspace: TEMPLATE })).id,
      (await ann.createSession()).id,
    ];
    sessions.push((await ann.forkSession(sessions[1]!)).id, (await ann.forkSession(sessions[2]!)).id);
    await run(ann, '[[say c]]', { sessionId: sessions[4]! });
    await run(ann, '[[say d]]', { keepSession: false, workspace: TEMPLATE });
    expect(folders().length).toBeGreaterThanOrEqual(5);
    const [closed, unused] = [sessions.slice(0, 3), sessions.slice(3)];
    for (const id of closed) await ann.closeSession(id);
    // As if nobody had used them for the retention time.
    for (const id of unused) await store.zadd('steward:sessions-by-use', 1, id);
    // And what a fork that broke off with its server has left.
    mkdirSync(join(server.dataDir, 'sessions', 'broken-off', 'workspace'), { recursive: true });
    await store.hset('steward:spare:broken-off', { createdAt: 'then', worker: 'gone' });
    await store.sadd('steward:spares', 'broken-off');

    await expect.poll(folders, { timeout: 40_000 }).toEqual([]);
    await expect.poll(keys, { timeout: 20_000 }).toEqual(before);
    expect(readdirSync(server.dataDir).toSorted()).toEqual(files);
    expect(await ann.limits()).toMatchObject({
      sessions: { current: 0 },
      processes: { current: 0 },
      workspaceBytes: { current: 0 },
    });

    const view = async () => {
      const headers = { authorization: `Bearer ${KEYS.ops}` };
      const { text } = await send(server.url, '/api/v1/claude/admin/clean-up', { headers });
      return JSON.parse(text) as { total: { sessions: number; places: number; bytes: number } };
    };
    await expect.poll(view).toMatchObject({ total: { sessions: 3, places: 1 } });
    expect((await view()).total.bytes).toBeGreaterThan(2 * 100 * KIB);
    const told = [server, second].flatMap((one) => one.output().match(/cleaned up: closed unused sessions/g) ?? []);
    expect(told.length).toBeGreaterThan(0);
    const figures = await Promise.all([server, second].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const sum = figures
      .flatMap((text) => [...text.matchAll(/^steward_cleaned_up_total\{what="sessions"\} (\d+)/gm)])
      .reduce((n, [, x]) => n + Number(x), 0);
    expect(sum).toBe(3);
  });
});
