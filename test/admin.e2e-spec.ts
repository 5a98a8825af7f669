import { setTimeout as delay } from 'node:timers/promises';
import { hashKey, newKey } from '@steward/identity';
import { type Job, Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { type ServerProcess } from './support/server.process.js';
import { withServers } from './support/servers.fixture.js';

const ADMIN = '/api/v1/claude/admin';

interface View {
  readonly paused: boolean;
  readonly waiting: { readonly all: number; readonly byOwner: Readonly<Record<string, number>> };
  readonly placed: number;
  readonly workers: readonly {
    readonly id: string;
    readonly pid: number;
    readonly concurrency: number;
    readonly running: number;
    readonly draining: boolean;
  }[];
}

/** BullMQ’s queue of runs, past the schedule. */
class JobQueue implements AsyncDisposable {
  private readonly queue: Queue;

  constructor(url: string) {
    this.queue = new Queue('runs', { prefix: 'steward:bull', connection: { url } });
  }

  add(runId: string): Promise<Job> {
    return this.queue.add('run', {}, { jobId: runId, removeOnComplete: true });
  }

  /** How often a worker got it. */
  async given({ id = '' }: Job): Promise<number> {
    return (await this.queue.getJob(id))?.attemptsStarted ?? 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.queue.close();
  }
}

/** What operators may do with the queue; two workers of one deployment. */
describe('operators', () => {
  const [ann, ops] = [newKey(), newKey()];
  let front: ServerProcess;
  let workers: ServerProcess[] = [];
  let redisUrl: string;

  withServers(
    {
      STEWARD_WORKER_CONCURRENCY: '1',
      STEWARD_API_KEYS: `ann:acme:user:${hashKey(ann)},ops:acme:operator:${hashKey(ops)}`,
    },
    async (start, url) => {
      redisUrl = url;
      front = await start('api');
      workers = [await start('worker'), await start('worker')];
    },
  );

  const call = async (method: string, path: string, body?: object): Promise<View> => {
    const headers = { authorization: `Bearer ${ops}` };
    const answer = await send(front.url, ADMIN + path, { method, headers, ...(body ? { body } : {}) });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text) as View;
  };
  const view = () => call('GET', '/queue');
  const client = () => front.client(ann);

  it('see who works and who waits; others see nothing', async () => {
    await expect.poll(async () => (await view()).workers.length, { timeout: 10_000 }).toBe(2);
    const { paused, waiting, placed, workers: shown } = await view();
    expect({ paused, waiting, placed }).toEqual({ paused: false, waiting: { all: 0, byOwner: {} }, placed: 0 });
    expect(new Set(shown.map(({ pid }) => pid))).toEqual(new Set(workers.map(({ pid }) => pid)));
    for (const [method, path] of [
      ['GET', '/queue'],
      ['GET', '/usage'],
      ['POST', '/queue/pause'],
      ['POST', '/queue/resume'],
      ['PATCH', `/workers/${shown[0]!.id}`],
    ] as const) {
      const body = method === 'PATCH' ? { body: { draining: true } } : {};
      const answer = await send(front.url, ADMIN + path, {
        method,
        headers: { authorization: `Bearer ${ann}` },
        ...body,
      });
      expect([answer.status, answer.problem?.code]).toEqual([403, 'auth.forbidden']);
    }
  });

  it('pause the queue: what comes is accepted and waits, what runs goes on, and all start when it is resumed', async () => {
    const before = await client().submit({ prompt: '[[pause 1500]] [[say before]]' });
    await expect.poll(async () => (await client().run(before.id)).state, { timeout: 10_000 }).toBe('running');
    expect((await call('POST', '/queue/pause')).paused).toBe(true);
    const during = [await client().submit({ prompt: '[[say a]]' }), await client().submit({ prompt: '[[say b]]' })];
    await expect.poll(async () => (await client().run(before.id)).state, { timeout: 10_000 }).toBe('completed');
    for (const { id } of during) expect((await client().run(id)).state).toBe('pending');
    expect((await view()).waiting).toEqual({ all: 2, byOwner: { 'acme:ann': 2 } });
    await call('POST', '/queue/resume');
    for (const { id } of during)
      await expect.poll(async () => (await client().run(id)).state, { timeout: 15_000 }).toBe('completed');
    expect((await view()).waiting).toEqual({ all: 0, byOwner: {} });
  }, 60_000);

  it('drain one worker: it ends what it carries and takes nothing, the other goes on; then it works again', async () => {
    const running = [
      await client().submit({ prompt: '[[pause 2500]] [[say x]]' }),
      await client().submit({ prompt: '[[pause 2500]] [[say x]]' }),
    ];
    for (const { id } of running)
      await expect.poll(async () => (await client().run(id)).state, { timeout: 10_000 }).toBe('running');
    const { id } = (await view()).workers[0]!;
    const drained = async () => (await view()).workers.find((worker) => worker.id === id)!;
    await call('PATCH', `/workers/${id}`, { draining: true });
    await expect.poll(async () => (await drained()).draining, { timeout: 5000 }).toBe(true);
    for (const run of running)
      await expect.poll(async () => (await client().run(run.id)).state, { timeout: 15_000 }).toBe('completed');
    await expect.poll(async () => (await drained()).running).toBe(0);
    const more: { readonly id: string }[] = [];
    for (let n = 0; n < 3; n += 1) more.push(await client().submit({ prompt: '[[pause 300]] [[say y]]' }));
    let most = 0;
    await expect
      .poll(
        async () => {
          most = Math.max(most, (await drained()).running);
          return (await Promise.all(more.map((run) => client().run(run.id)))).every(
            ({ state }) => state === 'completed',
          );
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    expect(most).toBe(0);
    await call('PATCH', `/workers/${id}`, { draining: false, concurrency: 3 });
    await expect.poll(drained, { timeout: 5000 }).toMatchObject({ draining: false, concurrency: 3 });
    const four = await Promise.all(
      Array.from({ length: 4 }, () => client().submit({ prompt: '[[pause 1500]] [[say z]]' })),
    );
    await expect
      .poll(async () => (await Promise.all(four.map((run) => client().run(run.id)))).map(({ state }) => state), {
        timeout: 15_000,
      })
      .toEqual(['running', 'running', 'running', 'running']);
    for (const run of four)
      await expect.poll(async () => (await client().run(run.id)).state, { timeout: 15_000 }).toBe('completed');
  }, 120_000);

  it('drain all workers: what BullMQ was about to give one of them waits until one works again', async () => {
    await using queue = new JobQueue(redisUrl);
    const drain = async (draining: boolean) => {
      for (const { id } of (await view()).workers) await call('PATCH', `/workers/${id}`, { draining });
      await expect.poll(async () => (await view()).workers.every((worker) => worker.draining === draining)).toBe(true);
    };
    /** Whoever takes the first job waits for the next from then on, for some seconds, and is told to take nothing meanwhile. */
    const offered = async (name: string): Promise<{ id: string; job: Job; given: number }> => {
      await queue.add(name);
      await drain(true);
      const { id } = await client().submit({ prompt: '[[say later]]' });
      const job = await queue.add(id);
      for (const until = Date.now() + 3000; Date.now() < until && (await queue.given(job)) === 0;) await delay(50);
      return { id, job, given: await queue.given(job) };
    };
    const ended = (id: string) => expect.poll(async () => (await client().run(id)).state).toBe('completed');
    try {
      let last = await offered('none');
      // On a busy machine it may have waited in vain before it was told.
      for (let n = 0; n < 5 && last.given === 0; n += 1) {
        await drain(false);
        await ended(last.id);
        last = await offered(`none-${n}`);
      }
      // Each of them may have been offered it.
      expect(last.given).toBeGreaterThan(0);
      await expect.poll(() => last.job.getState()).toBe('waiting');
      expect((await client().run(last.id)).state).toBe('pending');
      await drain(false);
      await ended(last.id);
      expect((await client().run(last.id)).attempts).toBe(1);
    } finally {
      await drain(false);
    }
  }, 120_000);

  it.each([
    ['/workers/none', { draining: true }, 404, 'worker.not_found'],
    ['/workers/none', {}, 400, 'request.invalid'],
    ['/workers/none', { concurrency: 0 }, 400, 'request.invalid'],
    ['/workers/none', { speed: 3 }, 400, 'request.invalid'],
  ])('PATCH %s %j', async (path, body, status, code) => {
    const headers = { authorization: `Bearer ${ops}` };
    const answer = await send(front.url, ADMIN + path, { method: 'PATCH', headers, body });
    expect([answer.status, answer.problem?.code]).toEqual([status, code]);
  });

  it('look at BullMQ’s own pages with their key as a password; nobody else does', async () => {
    const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`x:${key}`).toString('base64')}` });
    const page = await send(front.url, '/admin/queues', { headers: basic(ops) });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const queues = await send(front.url, '/admin/queues/api/queues', { headers: basic(ops) });
    expect(JSON.parse(queues.text)).toMatchObject({ queues: [{ name: 'runs', readOnlyMode: true }] });
    const asked = await send(front.url, '/admin/queues');
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Basic/)]);
    for (const path of ['/admin/queues', '/admin/queues/api/queues'])
      expect((await send(front.url, path, { headers: basic(ann) })).status).toBe(403);
  });

  it('see what all callers have used of each model in a day', async () => {
    const ran = await client().execute({ prompt: '[[say used]]', model: 'claude-haiku-4-5' });
    expect(ran.state).toBe('completed');
    const usage = async (query = '') =>
      send(front.url, `${ADMIN}/usage${query}`, { headers: { authorization: `Bearer ${ops}` } });
    const today = ran.createdAt.slice(0, 10);
    for (const query of ['', `?day=${today}`]) {
      const { day, models } = JSON.parse((await usage(query)).text) as {
        readonly day: string;
        readonly models: readonly { readonly model: string; readonly usage: object; readonly costUsd: string }[];
      };
      expect(day).toBe(today);
      const one = models.find(({ model }) => model.startsWith('claude-haiku-4-5'));
      expect(one?.usage).toEqual(ran.usage);
      expect(one?.costUsd).toBe(ran.costUsd);
    }
    expect(JSON.parse((await usage('?day=2001-01-01')).text)).toEqual({ day: '2001-01-01', models: [] });
    const { status, text } = await usage('?day=yesterday');
    expect(status).toBe(400);
    expect(text).toContain('"field":"day"');
  });
});
