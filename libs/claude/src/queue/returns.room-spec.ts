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
const OWN_DATABASE = 8;
const RETENTION = { recordMs: 60_000, logMs: 60_000 };

/** Runs that an attempt has given up, in the schedule. */
describe('returns', () => {
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
  /** An attempt gives it up, as the writer of its last event does. */
  const giveUp = async (id: string, returnAt: number) => {
    const why = { state: 'pending', returned: '1', returnAt, waitingFor: 'retry', waitingUntil: 'then' };
    await redis.commands.hset(`steward:run:${id}`, why);
  };

  it('a run that is put back frees its place, keeps its turn in its session, and comes back at its moment', async () => {
    const sessionId = await session('ann');
    const one = await submit('ann', { sessionId });
    const behind = await submit('ann', { sessionId });
    const other = await submit('bob');
    await work(1);
    expect(await pick()).toEqual([one]);
    await runs.claim(one);
    await giveUp(one, Date.now() + 300);
    await schedule.putBack(one);
    await schedule.putBack(one);
    expect(await runs.waitingCount()).toBe(3);
    expect((await schedule.figures()).waiting).toEqual({ 't:ann': 2, 't:bob': 1 });
    expect(await pick()).toEqual([other]);
    await finish(other);
    expect(await pick()).toEqual([]);
    await new Promise((done) => setTimeout(done, 350));
    expect((await schedule.due()).moved).toBe(1);
    expect(await runs.get(one)).toMatchObject({ state: 'pending', waitingFor: null, waitingUntil: null });
    expect(await pick()).toEqual([one]);
    await finish(one);
    expect(await pick()).toEqual([behind]);
  });

  it('what a crash leaves of a return, the repair finishes', async () => {
    const id = await submit('ann');
    await work(1);
    expect(await pick()).toEqual([id]);
    await runs.claim(id);
    await giveUp(id, 0);
    expect(await schedule.ensure(id)).toBe('ready');
    expect(await pick()).toEqual([id]);
    expect(await schedule.ensure(id)).toBe('slot');
  });

  it('a caller at a limit of the provider waits, and others do not', async () => {
    await schedule.park({ tenant: 't', user: 'ann' }, Date.now() + 300);
    await schedule.park({ tenant: 't', user: 'ann' }, Date.now() - 1000);
    const mine = await submit('ann');
    const theirs = await submit('bob');
    await work(5);
    expect(await pick()).toEqual([theirs]);
    await new Promise((done) => setTimeout(done, 350));
    expect(await pick()).toEqual([mine]);
  });

  it('one that waits for its moment is not started by the end of another of its session', async () => {
    const sessionId = await session('ann');
    const one = await submit('ann', { sessionId });
    const behind = await submit('ann', { sessionId });
    await work(1);
    expect(await pick()).toEqual([one]);
    await runs.claim(one);
    await giveUp(one, Date.now() + 60_000);
    await schedule.putBack(one);
    await redis.commands.hset(`steward:run:${behind}`, 'ended', '1');
    await runs.release((await runs.get(behind))!, RETENTION);
    expect(await pick()).toEqual([]);
  });

  it('the end of the last run of a passing session marks that for the clean-up, in the same step', async () => {
    const sessionId = await session('ann');
    await redis.commands.hset(sessionKey(sessionId), 'passing', '1');
    await redis.commands.zadd('steward:sessions-by-use', 1, sessionId);
    await redis.commands.zadd('steward:sessions:t:ann', 0, sessionId);
    const [one, two] = [await submit('ann', { sessionId }), await submit('ann', { sessionId })];
    expect(Number(await redis.commands.zscore('steward:sessions-by-use', sessionId))).toBeGreaterThan(1);
    await work(1);
    await pick();
    await finish(one);
    expect(await redis.commands.hget(sessionKey(sessionId), 'closing')).toBeNull();
    await finish(two);
    expect(await redis.commands.hget(sessionKey(sessionId), 'closing')).toBe('1');
    expect(await redis.commands.zscore('steward:sessions-by-use', sessionId)).toBe('0');
    expect(await redis.commands.zcard('steward:sessions:t:ann')).toBe(0);
  });

  it('a session counts a run once, however many attempts it took and whoever finishes its end; one that never began not', async () => {
    const sessionId = await session('ann');
    const counted = () => redis.commands.hget(sessionKey(sessionId), 'runs');
    const one = await submit('ann', { sessionId });
    const cancelled = await submit('ann', { sessionId });
    await work(1);
    await pick();
    await runs.claim(one);
    await giveUp(one, 0);
    await schedule.putBack(one);
    expect(await counted()).toBeNull();
    const record = (await runs.get(one))!;
    await finish(one);
    await runs.release(record, RETENTION);
    expect(await counted()).toBe('1');
    await redis.commands.hset(`steward:run:${cancelled}`, 'ended', '1');
    await runs.release((await runs.get(cancelled))!, RETENTION);
    expect(await counted()).toBe('1');
  });

  it('a late release of a run that another carries by now lets go of nothing', async () => {
    const sessionId = await session('ann');
    const one = await submit('ann', { sessionId });
    const behind = await submit('ann', { sessionId });
    await work(2);
    expect(await pick()).toEqual([one]);
    await runs.claim(one);
    await runs.release((await runs.get(one))!, RETENTION);
    expect((await schedule.figures()).placed).toBe(1);
    expect(await runs.open(null, 10)).toEqual([one, behind]);
    expect(await redis.commands.pttl(`steward:run:${one}`)).toBe(-1);
    expect(await pick()).toEqual([]);
    await finish(one);
    expect(await pick()).toEqual([behind]);
  });

  it('a caller who was held back by a limit has saved no turns up', async () => {
    for (let n = 0; n < 10; n += 1) await submit('ann');
    await schedule.park({ tenant: 't', user: 'ann' }, Date.now() + 300);
    await work(1);
    for (let n = 0; n < 10; n += 1) {
      await submit('bob');
      await Promise.all((await pick()).map(finish));
    }
    await new Promise((done) => setTimeout(done, 350));
    const single = await submit('eve');
    const first = await pick();
    await Promise.all(first.map(finish));
    expect([...first, ...(await pick())]).toContain(single);
  });
});
