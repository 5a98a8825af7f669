import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { recordKey } from '../stream/index.js';
import { OutageStore } from './outage.store.js';
import { type RunRecord } from './run.types.js';

const OWN_DATABASE = 12;
const OUTAGE = 'model:claude-x';

describe('runs that wait for the end of an outage', () => {
  let redis: RedisConnections;
  let store: OutageStore;
  const run = (user: string, id: string) => ({ id, owner: { tenant: 'acme', user } }) as unknown as RunRecord;
  const enter = async (user: string, ...ids: string[]) => {
    for (const id of ids) {
      await redis.commands.hset(recordKey(id), { state: 'pending', waitingFor: 'outage' });
      await store.enter(OUTAGE, run(user, id));
    }
  };
  const taken = async (times: number) => {
    const found: (string | null)[] = [];
    for (let n = 0; n < times; n += 1) found.push(await store.take(OUTAGE));
    return found;
  };

  beforeAll(async () => {
    redis = await connectRedis(OWN_DATABASE);
    store = new OutageStore(redis);
  });
  beforeEach(async () => void (await redis.commands.flushdb()));
  afterAll(async () => {
    await redis.commands.flushdb();
    await redis.close();
  });

  it('have their turns by owner, and by when they came', async () => {
    await enter('ann', 'a1', 'a2', 'a3', 'a4');
    expect(await taken(1)).toEqual(['a1']);
    await enter('bob', 'b1', 'b2');
    expect(await taken(3)).toEqual(['b1', 'a2', 'b2']);
    await enter('cid', 'c1');
    expect(await taken(4)).toEqual(['c1', 'a3', 'a4', null]);
  });

  it('do not get ahead by coming again', async () => {
    await enter('ann', 'a1');
    await enter('bob', 'b1');
    expect(await taken(1)).toEqual(['a1']);
    await enter('ann', 'a1');
    expect(await taken(3)).toEqual(['b1', 'a1', null]);
  });

  it('that were cancelled, or went on by themselves, are nobody’s turn', async () => {
    await enter('ann', 'a1', 'a2', 'a3');
    await enter('bob', 'b1', 'b2');
    await redis.commands.hset(recordKey('a1'), 'state', 'cancelled');
    await redis.commands.hset(recordKey('a2'), 'waitingFor', 'retry');
    await redis.commands.del(recordKey('b1'));
    expect(await taken(3)).toEqual(['a3', 'b2', null]);
    expect(await store.list()).toEqual([]);
  });

  it('count once, wherever they are told again', async () => {
    await enter('ann', 'a1', 'a1');
    expect(await taken(2)).toEqual(['a1', null]);
  });

  it('are known by their outage until none is left, and leave nothing', async () => {
    const before = Date.now();
    await enter('ann', 'a1');
    const [one] = await store.list();
    expect(one).toMatchObject({ outage: OUTAGE });
    expect(one!.newestMs).toBeGreaterThanOrEqual(before);
    await taken(1);
    expect(await store.list()).toEqual([]);
    expect(await redis.commands.keys('steward:outage*')).toEqual([]);
  });
});
