import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { freeBytes, takeRoom } from './support/disk.js';
import { followUntil } from './support/follow.js';
import { type Answer, send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const API = '/api/v1/claude';
const GIB = 1024 ** 3;

/** What others on this machine write meanwhile must not decide. */
const THRESHOLD_BELOW = 3 * GIB;
const TAKEN = 6 * GIB;

const submit = (server: ServerProcess): Promise<Answer> =>
  send(server.url, `${API}/execute/async`, { method: 'POST', body: { prompt: '[[say x]]' } });
const health = async (server: ServerProcess): Promise<Record<string, unknown>> =>
  JSON.parse((await send(server.url, `${API}/health`)).text) as Record<string, unknown>;

describe('a server that runs out of disk', () => {
  let folder: string;
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steward-overload-'));
    api = await startMessagesApi();
    const env = { STEWARD_OVERLOAD_DISK_BYTES: String(freeBytes(folder) - THRESHOLD_BELOW) };
    server = await ServerProcess.start({ modelUrl: api.url, env });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await api?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses new work, reads and ends what there is, and takes work again by itself', async () => {
    expect(await health(server)).toMatchObject({ status: 'ok', pressure: { short: [] } });
    const { id } = await server.client().submit({ prompt: '[[text n=5000 delay=20]]' });
    const { whole } = await followUntil(server.client(), id, ({ type }) => type === 'text.delta');
    const giveBack = takeRoom(join(folder, 'room'), TAKEN);
    try {
      await expect.poll(async () => (await health(server))['status'], { timeout: 30_000 }).toBe('overloaded');
      const refused = await submit(server);
      expect(refused).toMatchObject({
        status: 503,
        headers: { 'retry-after': '5' },
        problem: { code: 'server.overloaded', retryable: true, details: { resources: ['disk'], retryAfterMs: 5000 } },
      });
      const session = await send(server.url, `${API}/sessions`, { method: 'POST', body: {} });
      expect(session.problem.code).toBe('server.overloaded');
      const socket = new SocketClient(server.url);
      const answer = await socket.ask('claude:execute', { prompt: '[[say x]]' });
      socket.close();
      expect(answer).toMatchObject({ ok: false, error: { code: 'server.overloaded' } });
      // What is there goes on, is read, and can be ended.
      expect(await server.client().run(id)).toMatchObject({ state: 'running' });
      expect((await server.client().runs()).data).toHaveLength(1);
      const ready = await send(server.url, '/health/ready');
      expect(JSON.parse(ready.text)).toMatchObject({ status: 'ok', info: { queue: { overloaded: ['disk'] } } });
      expect((await send(server.url, '/metrics')).text).toMatch(/steward_overloaded\{resource="disk"\} 1/);
      await server.client().cancel(id);
      expect((await whole).at(-1)?.type).toBe('run.cancelled');
    } finally {
      giveBack();
    }
    await expect.poll(async () => (await submit(server)).status, { timeout: 30_000 }).toBe(202);
    expect(await health(server)).toMatchObject({ status: 'ok', pressure: { short: [] } });
    expect(server.output()).toContain('this server takes new work again');
  });
});

describe('a worker that is short of memory', () => {
  it('takes nothing from the queue, and another one does', async () => {
    await using cluster = await Cluster.start(0);
    const short = await cluster.addWorker({ STEWARD_OVERLOAD_MEMORY_BYTES: String(1024 ** 4) });
    await expect.poll(() => short.output(), { timeout: 30_000 }).toContain('takes no new work');
    const queue = async () =>
      (await (await fetch(`${cluster.front.url}${API}/admin/queue`)).json()) as { workers: { draining: boolean }[] };
    await expect.poll(async () => (await queue()).workers, { timeout: 30_000 }).toMatchObject([{ draining: true }]);
    const { id } = await cluster.client.submit({ prompt: '[[say taken]]' });
    expect(await cluster.client.run(id)).toMatchObject({ state: 'pending', activity: { what: 'queued' } });
    await cluster.addWorker();
    const frames = await collect(cluster.client.follow(id));
    expect(frames.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { text: 'taken' } } });
    expect(short.output()).not.toContain(id);
  });
});

describe('a server whose event loop is late', () => {
  it('refuses new work while it is', async () => {
    const api = await startMessagesApi();
    // Every turn of its loop takes so long, from the signal on.
    const block = `let on = false;
      process.on('SIGUSR2', () => (on = !on));
      const turn = () => { if (on) { const end = Date.now() + 150; while (Date.now() < end); } setTimeout(turn, 1); };
      setTimeout(turn, 1000);`;
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(block)}`,
      STEWARD_OVERLOAD_LOOP_MS: '60',
    };
    const server = await ServerProcess.start({ modelUrl: api.url, env });
    try {
      server.signal('SIGUSR2');
      await expect.poll(async () => (await submit(server)).status, { timeout: 60_000 }).toBe(503);
      const { pressure } = (await health(server)) as { pressure: { short: string[]; loopDelayMs: number } };
      expect(pressure.short).toEqual(['event_loop']);
      server.signal('SIGUSR2');
      await expect.poll(async () => (await submit(server)).status, { timeout: 60_000 }).toBe(202);
    } finally {
      await server[Symbol.asyncDispose]();
      await api.close();
    }
  });

  it('has room for little memory only where there is little', async () => {
    const api = await startMessagesApi();
    const server = await ServerProcess.start({
      modelUrl: api.url,
      env: { STEWARD_OVERLOAD_MEMORY_BYTES: String(1024 ** 4) },
    });
    try {
      await expect.poll(async () => (await submit(server)).status, { timeout: 30_000 }).toBe(503);
      const { pressure } = (await health(server)) as { pressure: { short: string[]; freeMemoryBytes: number } };
      expect(pressure.short).toEqual(['memory']);
      expect(pressure.freeMemoryBytes).toBeGreaterThan(0);
      expect(pressure.freeMemoryBytes).toBeLessThan(1024 ** 4);
    } finally {
      await server[Symbol.asyncDispose]();
      await api.close();
    }
  });
});
