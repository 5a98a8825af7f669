import { type RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { CleanUpStore } from './clean-up.store.js';
import { SessionCleaner } from './session-cleaner.js';

const OWN_DATABASE = 11;

interface Unused {
  readonly id: string;
  readonly bytes: number;
}

/** Real: Redis, and what was removed in it. By hand: sessions, of which some cannot be closed. */
describe('the clean-up', () => {
  let redis: RedisConnections;
  let unused: Unused[];
  let places: { place: string; uid: null }[];
  let busy: ReadonlySet<string>;
  let broken: ReadonlySet<string>;
  let cleaner: SessionCleaner;

  beforeEach(async () => {
    redis = await connectRedis(OWN_DATABASE);
    await redis.commands.flushdb();
    [unused, places, busy, broken] = [[], [], new Set(), new Set()];
    const take = (id: string): void => {
      if (broken.has(id)) throw new Error('its folder cannot be removed');
    };
    const sessions = {
      leftPlaces: () => Promise.resolve([...places]),
      removeLeftPlace: async ({ place }: { place: string }) => {
        take(place);
        places = places.filter((one) => one.place !== place);
      },
      expired: (skip: number, limit: number) => {
        const found = unused.slice(skip, skip + limit);
        return Promise.resolve({ sessions: found, looked: found.length });
      },
      lease: () => Promise.resolve({ release: () => Promise.resolve() }),
      remove: async ({ id }: Unused) => {
        take(id);
        if (busy.has(id)) return false;
        unused = unused.filter((one) => one.id !== id);
        return true;
      },
    };
    const parts = [sessions, new CleanUpStore(redis), { count: () => undefined }, { options: {} }] as unknown;
    cleaner = new SessionCleaner(...(parts as ConstructorParameters<typeof SessionCleaner>));
  });
  afterEach(async () => {
    await redis.commands.flushdb();
    await redis.close();
  });

  const make = (count: number, name: string): Unused[] =>
    [...Array(count).keys()].map((n) => ({ id: `${name}-${n}`, bytes: 10 }));

  it('is not kept from its work by sessions that cannot be closed now, however many', async () => {
    const waiting = make(250, 'waiting');
    unused = [...waiting, ...make(120, 'done')];
    busy = new Set(waiting.map(({ id }) => id));
    expect(await cleaner.clean()).toEqual({ sessions: 120, places: 0, bytes: 1200 });
    expect(unused).toEqual(waiting);
  });

  it('nor by what cannot be removed', async () => {
    unused = make(3, 'session');
    places = make(3, 'place').map(({ id }) => ({ place: id, uid: null }));
    broken = new Set(['place-0', 'session-1']);
    expect(await cleaner.clean()).toEqual({ sessions: 2, places: 2, bytes: 20 });
    expect([unused.map(({ id }) => id), places.map(({ place }) => place)]).toEqual([['session-1'], ['place-0']]);
  });
});
