import { type RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { type ClaudeConfigService, newRunId, type Share } from '../config/index.js';
import { sessionKey } from '../session/index.js';
import { type Reservation } from './run-budgets.js';
import { RunStore } from './run.store.js';
import { type RunRequest } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';

const EQUAL: Share = { weight: 1, concurrency: 0, maxWaiting: 0 };
const FREE: Reservation = {
  at: new Date(),
  keys: (runId) => [`steward:test:hold:${runId}`, 'steward:test:day', 'steward:test:month'],
  args: [-1, -1, -1, -1, 0, 0, 1000, 1000],
  refused: () => new Error('never') as never,
};
/** These specs look at everything that is there. */
const OWN_DATABASE = 7;
const RETENTION = { recordMs: 60_000, logMs: 60_000 };

/** Who starts next: decided in Redis, whoever asks. */
describe('the schedule', () => {
  let redis: RedisConnections;
  let runs: RunStore;
  let schedule: ScheduleStore;
  let maxTotalProcesses = 0;

  beforeEach(async () => {
    redis = await connectRedis(OWN_DATABASE);
    await redis.commands.flushdb();
    placed.length = 0;
    runs = new RunStore(redis);
    schedule = new ScheduleStore(redis, { options: { maxTotalProcesses } } as ClaudeConfigService);
  });
  afterEach(async () => {
    await redis.commands.flushdb();
    await redis.close();
  });

  /** Accepting gives places, too. */
  const placed: string[] = [];
  const pick = async (): Promise<string[]> => [...placed.splice(0), ...(await schedule.pick())];
  const session = async (user: string): Promise<string> => {
    const id = newRunId();
    await redis.commands.hset(sessionKey(id), { createdAt: 'then', tenant: 't', user });
    return id;
  };
  const submit = async (
    user: string,
    { share = EQUAL, sessionId, ...request }: Partial<RunRequest> & { share?: Share; sessionId?: string } = {},
  ): Promise<string> => {
    const id = newRunId();
    const at = sessionId ?? (await session(user));
    const owner = { tenant: 't', user };
    const reservation = { ...FREE, at: new Date() };
    const accepted = await runs.accept({
      id,
      owner,
      sessionId: at,
      request: { prompt: 'x', ...request },
      maxWaiting: 10_000,
      share,
      reservation,
      claim: false,
    });
    placed.push(...accepted.placed);
    return id;
  };
  const work = (capacity: number, id = 'w') =>
    schedule.beat(
      { id, host: 'h', pid: 1, concurrency: capacity, running: 0, draining: false, breakers: [] },
      capacity,
      Date.now() + 60_000,
    );
  const finish = async (id: string) => {
    const run = (await runs.get(id))!;
    await runs.claim(id);
    await redis.commands.hset(`steward:run:${id}`, 'ended', '1');
    await runs.release(run, RETENTION);
  };
  const userOf = async (id: string) => (await runs.get(id))!.owner.user;

  it('starts nothing without a worker, and as many as the workers carry', async () => {
    for (let n = 0; n < 5; n += 1) await submit('ann');
    expect(await pick()).toEqual([]);
    await work(2);
    expect(await pick()).toHaveLength(2);
    expect(await pick()).toEqual([]);
    await work(1, 'other');
    expect(await pick()).toHaveLength(1);
    await schedule.removeWorker('other');
    await schedule.removeWorker('w');
    expect(await pick()).toEqual([]);
  });

  it('gives weights 1 : 2 : 4 shares of 1 : 2 : 4, also across restarts', async () => {
    const weights = { ann: 1, bob: 2, eve: 4 };
    for (const [user, weight] of Object.entries(weights))
      for (let n = 0; n < 200; n += 1) await submit(user, { share: { ...EQUAL, weight } });
    await work(3);
    const counts: Record<string, number> = { ann: 0, bob: 0, eve: 0 };
    let running: string[] = [];
    for (let n = 0; n < 210; n += 1) {
      running.push(...(await pick()));
      const id = running.shift()!;
      counts[await userOf(id)]! += 1;
      await finish(id);
      // Everything that is known lies in Redis: another process goes on with it.
      if (n % 50 === 0) schedule = new ScheduleStore(redis, { options: { maxTotalProcesses } } as ClaudeConfigService);
    }
    expect(counts['ann']).toBeGreaterThanOrEqual(27);
    expect(counts['ann']).toBeLessThanOrEqual(33);
    expect(counts['bob']).toBeGreaterThanOrEqual(54);
    expect(counts['bob']).toBeLessThanOrEqual(66);
    expect(counts['eve']).toBeGreaterThanOrEqual(108);
    expect(counts['eve']).toBeLessThanOrEqual(132);
    running = [];
  });

  it('a thousand runs of one do not delay the single run of another', async () => {
    for (let n = 0; n < 1000; n += 1) await submit('ann');
    await work(1);
    const [first] = await pick();
    for (let n = 0; n < 20; n += 1) {
      await finish((await pick())[0] ?? first!);
    }
    const single = await submit('bob');
    expect(await schedule.position(single)).toBeLessThanOrEqual(2);
    const next: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const [id] = await pick();
      if (!id) break;
      next.push(id);
      await finish(id);
    }
    expect(next).toContain(single);
    // Who was away has saved nothing up: afterwards both take turns.
    const more = await Promise.all([submit('bob'), submit('bob')]);
    const users: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const [id] = await pick();
      users.push(await userOf(id!));
      await finish(id!);
    }
    expect(users.filter((user) => user === 'bob')).toHaveLength(more.length);
    expect(users.slice(0, 2).filter((user) => user === 'bob').length).toBeLessThanOrEqual(1);
  });

  it('bounds what one caller runs and what it lets wait', async () => {
    const share = { weight: 1, concurrency: 2, maxWaiting: 3 };
    for (let n = 0; n < 3; n += 1) await submit('ann', { share });
    await expect(submit('ann', { share })).rejects.toMatchObject({
      code: 'queue.full',
      details: { waiting: 3, limit: 3, scope: 'caller' },
    });
    await submit('bob', { share });
    await work(10);
    const started = await pick();
    expect((await Promise.all(started.map(userOf))).toSorted()).toEqual(['ann', 'ann', 'bob']);
    await runs.claim(started[0]!);
    await submit('ann', { share });
    expect(await pick()).toEqual([]);
    await finish(started.find((id) => id !== started[0])!);
    expect((await pick()).length).toBeLessThanOrEqual(1);
  });

  it('gives no more places than there may be processes, whatever the workers could carry', async () => {
    maxTotalProcesses = 2;
    schedule = new ScheduleStore(redis, { options: { maxTotalProcesses } } as ClaudeConfigService);
    try {
      for (let n = 0; n < 4; n += 1) await submit('ann');
      await work(10);
      const first = await schedule.pick();
      expect(first).toHaveLength(2);
      await finish(first[0]!);
      expect(await schedule.pick()).toHaveLength(1);
    } finally {
      maxTotalProcesses = 0;
    }
  });

  it('orders one caller’s runs by time, priority worth a minute each', async () => {
    const [plain, urgent] = [await submit('ann'), await submit('ann', { priority: 1 })];
    await work(2);
    expect(await pick()).toEqual([urgent, plain]);
  });

  it('runs of a session one after the other, an interrupting one next', async () => {
    const sessionId = await session('ann');
    const [one, two] = [await submit('ann', { sessionId }), await submit('ann', { sessionId })];
    await work(5);
    expect(await pick()).toEqual([one]);
    await runs.claim(one);
    const next = await submit('ann', { sessionId, busyPolicy: 'interrupt' });
    expect(await runs.cancelRequested(one)).toBe('run.interrupted');
    await expect(submit('ann', { sessionId, busyPolicy: 'reject' })).rejects.toMatchObject({ code: 'session.busy' });
    await finish(one);
    expect(await pick()).toEqual([next]);
    await finish(next);
    expect(await pick()).toEqual([two]);
  });

  it('lets a run wait for its moment, and holds up nobody meanwhile', async () => {
    const sessionId = await session('ann');
    const later = await submit('ann', { sessionId, startAt: new Date(Date.now() + 300).toISOString() });
    const now = await submit('ann', { sessionId });
    await work(5);
    expect(await pick()).toEqual([now]);
    expect((await runs.get(later))?.waitingFor).toBe('start_at');
    expect(await schedule.position(later)).toBeNull();
    expect(await runs.queueOfSession(sessionId)).toEqual([now, later]);
    expect((await schedule.due()).moved).toBe(0);
    await new Promise((done) => setTimeout(done, 350));
    expect((await schedule.due()).moved).toBe(1);
    expect((await runs.get(later))?.waitingFor).toBeNull();
    expect(await pick()).toEqual([]);
    await finish(now);
    expect(await pick()).toEqual([later]);
  });

  it('pauses, repairs what lost its place, and leaves nothing behind', async () => {
    const ids = [await submit('ann'), await submit('bob'), await submit('ann')];
    await work(5);
    await schedule.setPaused(true);
    expect(await pick()).toEqual([]);
    await schedule.setPaused(false);
    await redis.commands.del('steward:sched:owners', 'steward:sched:ready:t:bob');
    expect(await schedule.ensure(ids[1]!)).toBe('ready');
    expect(await schedule.ensure(ids[0]!)).toBe('ready');
    expect((await pick()).length).toBe(3);
    expect(await schedule.ensure(ids[1]!)).toBe('slot');
    for (const id of ids) await finish(id);
    expect(await schedule.figures()).toEqual({ placed: 0, waiting: {} });
    const kept = (await redis.commands.keys('steward:sched:*')).toSorted();
    expect(
      kept.filter((key) => !/:(weights|limits|time|passes|workers|capacity|worker-info|worker-wishes)$/.test(key)),
    ).toEqual([]);
  });

  it('tells places by the weights', async () => {
    const share = { ...EQUAL, weight: 2 };
    const mine: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      mine.push(await submit('ann'));
      await submit('eve', { share });
      await submit('eve', { share });
    }
    const places = await Promise.all(mine.map((id) => schedule.position(id)));
    expect(places).toEqual([3, 6, 9, 12]);
    await work(1);
    expect(await pick()).toHaveLength(1);
  });
});
