import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StewardClient } from '@steward/client';
import { hashKey, newKey } from '@steward/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const API = '/api/v1/claude';

/** Whose run starts when. */
describe('scheduling', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-shares-'));
  const keys = { ann: newKey(), bob: newKey(), eve: newKey() };
  let server: ServerProcess;
  const clients = {} as Record<keyof typeof keys, StewardClient>;

  beforeAll(() => {
    const shares = {
      tenants: { acme: { maxWaiting: 40 } },
      users: { 'acme/bob': { weight: 2, maxWaiting: 40 }, 'acme/eve': { weight: 4, concurrency: 1, maxWaiting: 40 } },
    };
    writeFileSync(join(folder, 'shares.json'), JSON.stringify(shares));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  withServer(
    {
      env: {
        STEWARD_API_KEYS: Object.entries(keys)
          .map(([user, key]) => `${user}:acme:user:${hashKey(key)}`)
          .join(','),
        STEWARD_SHARES: join(folder, 'shares.json'),
        STEWARD_WORKER_CONCURRENCY: '1',
      },
    },
    (standing) => ({ server } = standing),
  );
  beforeAll(() => {
    for (const [user, key] of Object.entries(keys)) clients[user as keyof typeof keys] = server.client(key);
  });

  const ended = async (client: StewardClient, ids: readonly string[]) => {
    await expect
      .poll(async () => (await Promise.all(ids.map((id) => client.run(id)))).every(({ endedAt }) => endedAt), {
        timeout: 60_000,
      })
      .toBe(true);
    return Promise.all(ids.map((id) => client.run(id)));
  };

  it('turns are taken by weight, and one who has little waits for one run only', async () => {
    const blocker = await clients.ann.submit({ prompt: '[[pause 1500]] [[say go]]' });
    await expect.poll(async () => (await clients.ann.run(blocker.id)).state).toBe('running');
    const many = [];
    for (let n = 0; n < 8; n += 1) many.push(await clients.ann.submit({ prompt: '[[say a]]' }));
    const two = [await clients.bob.submit({ prompt: '[[say b]]' }), await clients.bob.submit({ prompt: '[[say b]]' })];
    const single = await clients.eve.submit({ prompt: '[[say e]]' });
    const socket = new SocketClient(server.url, { token: keys.eve });
    await socket.ask('claude:subscribe', { id: single.id });
    const ofAnn = await ended(
      clients.ann,
      many.map(({ id }) => id),
    );
    const ofBob = await ended(
      clients.bob,
      two.map(({ id }) => id),
    );
    const [ofEve] = await ended(clients.eve, [single.id]);
    expect(socket.places[0]?.position).toBeLessThanOrEqual(4);
    const started = (run: { startedAt: string | null }) => Date.parse(run.startedAt!);
    const before = (run: { startedAt: string | null }) => ofAnn.filter((one) => started(one) < started(run)).length;
    expect(before(ofEve!)).toBeLessThanOrEqual(1);
    expect(before(ofBob[1]!)).toBeLessThanOrEqual(2);
    socket.close();
  }, 90_000);

  it('who waits is told the place as it moves, and not again while it stays', async () => {
    const socket = new SocketClient(server.url, { token: keys.ann });
    expect(await socket.connected()).toBeNull();
    const first = await clients.ann.submit({ prompt: '[[pause 2500]] [[say a]]' });
    await expect.poll(async () => (await clients.ann.run(first.id)).state).toBe('running');
    await clients.ann.submit({ prompt: '[[pause 2500]] [[say b]]' });
    const { id } = await socket.ask('claude:execute', { prompt: '[[say c]]' });
    await socket.end(id, 60_000);
    expect(socket.places.map(({ position }) => position)).toEqual([2, 1]);
    socket.close();
  });

  it('a priority moves a run before one’s own others, and a moment holds it back', async () => {
    const blocker = await clients.ann.submit({ prompt: '[[pause 3000]] [[say go]]' });
    const startAt = new Date(Date.now() + 25_000).toISOString();
    const later = await clients.ann.submit({ prompt: '[[say later]]', startAt, priority: 9 });
    expect(later).toMatchObject({ state: 'pending', waitingFor: 'start_at' });
    const plain = await clients.ann.submit({ prompt: '[[say plain]]' });
    const urgent = await clients.ann.submit({ prompt: '[[say urgent]]', priority: 5 });
    const runs = await ended(clients.ann, [blocker.id, urgent.id, plain.id, later.id]);
    const starts = runs.map(({ startedAt }) => Date.parse(startedAt!));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts[3]).toBeGreaterThanOrEqual(Date.parse(startAt));
    expect(runs[3]!.waitingFor).toBeNull();
  }, 90_000);

  it('a run that waits for its moment can be cancelled, and goes with its session', async () => {
    const session = await clients.ann.createSession();
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const one = await clients.ann.submit({ prompt: 'x', startAt, sessionId: session.id });
    const two = await clients.ann.submit({ prompt: 'x', startAt, sessionId: session.id });
    expect(await clients.ann.cancel(one.id)).toMatchObject({ state: 'cancelled', error: { code: 'run.cancelled' } });
    await clients.ann.closeSession(session.id);
    expect(await clients.ann.run(two.id)).toMatchObject({ state: 'cancelled', waitingFor: null });
  });

  it('an interrupting run ends the one in its way and starts next, before those that wait', async () => {
    const { id: sessionId } = await clients.ann.createSession();
    const long = await clients.ann.submit({ prompt: '[[text n=500 delay=50]]', sessionId });
    await expect.poll(async () => (await clients.ann.run(long.id)).lastSeq, { timeout: 20_000 }).toBeGreaterThan(20);
    const waiting = await clients.ann.submit({ prompt: '[[say waited]]', sessionId });
    const next = await clients.ann.submit({ prompt: '[[say next]]', sessionId, busyPolicy: 'interrupt' });
    const [first, second, third] = await ended(clients.ann, [long.id, next.id, waiting.id]);
    expect(first).toMatchObject({ state: 'cancelled', error: { code: 'run.interrupted' } });
    expect(second).toMatchObject({ state: 'completed', result: { text: 'next' } });
    expect(third).toMatchObject({ state: 'completed', result: { text: 'waited' } });
    expect(Date.parse(second!.startedAt!)).toBeLessThan(Date.parse(third!.startedAt!));
  }, 90_000);

  it('one caller fills only its own part of the queue', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id: sessionId } = await clients.bob.createSession();
    for (let n = 0; n < 40; n += 1) await clients.bob.submit({ prompt: 'x', startAt, sessionId });
    const refused = await send(server.url, `${API}/execute/async`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.bob}` },
      body: { prompt: 'x', startAt },
    });
    expect([refused.status, refused.problem?.code]).toEqual([429, 'queue.full']);
    expect(refused.problem?.details).toMatchObject({ waiting: 40, limit: 40, scope: 'caller' });
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await clients.ann.execute({ prompt: '[[say fine]]' })).result?.text).toBe('fine');
    await clients.bob.closeSession(sessionId);
    expect((await clients.bob.execute({ prompt: '[[say free]]' })).result?.text).toBe('free');
  }, 90_000);

  it.each([
    [{ priority: 10 }, 'priority'],
    [{ priority: -1 }, 'priority'],
    [{ priority: 'high' }, 'priority'],
    [{ startAt: 'tomorrow' }, 'startAt'],
    [{ startAt: '2026-02-30' }, 'startAt'],
    [{ startAt: '2999-01-01T00:00:00Z' }, 'startAt'],
    [{ startAt: 7 }, 'startAt'],
    [{ busyPolicy: 'steal' }, 'busyPolicy'],
  ])('refuses %j', async (more, field) => {
    const answer = await send(server.url, `${API}/execute/async`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.ann}` },
      body: { prompt: 'x', ...more },
    });
    expect([answer.status, answer.problem?.code, answer.problem?.errors[0]?.field]).toEqual([
      400,
      'request.invalid',
      field,
    ]);
  });
});
