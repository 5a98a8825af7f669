import { type RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { newSessionId } from '../config/index.js';
import { EMPTY_ORIGIN } from '../workspace/index.js';
import { sessionKey } from './session-keys.js';
import { SessionStore } from './session.store.js';
import { type SessionRecord } from './session.types.js';
import { SpareStore } from './spare.store.js';

const OWN_DATABASE = 13;
const OWNER = { tenant: 't', user: 'ann' };
const NO_LIMITS = { owner: 10, all: 10, ownerBytes: 0, allBytes: 0 };
const NOW = { usedAt: 1, lease: null };

/** Folders without a session: whose they are when their worker was silent, and comes back. */
describe('what spares and forks leave', () => {
  let redis: RedisConnections;
  let spares: SpareStore;
  let sessions: SessionStore;

  beforeEach(async () => {
    redis = await connectRedis(OWN_DATABASE);
    await redis.commands.flushdb();
    spares = new SpareStore(redis);
    sessions = new SessionStore(redis);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await redis.commands.flushdb();
    await redis.close();
  });

  const recordOf = (id: SessionRecord['id'], more: Partial<SessionRecord> = {}): SessionRecord => ({
    id,
    owner: OWNER,
    state: 'idle',
    createdAt: 'then',
    lastUsedAt: 'then',
    runs: 0,
    cliSessionId: 'c',
    uid: null,
    grownToBytes: 0,
    workspace: EMPTY_ORIGIN,
    bytes: 0,
    place: id,
    passing: false,
    forkedFrom: null,
    metadata: {},
    allowed: [],
    crashes: 0,
    unhealthyUntil: null,
    ...more,
  });

  it('a spare that a session takes while the clean-up looks is that session’s, and not left', async () => {
    const [place, id] = [newSessionId(), newSessionId()];
    await sessions.create(recordOf(id), NO_LIMITS, NOW);
    await spares.add(place, 'silent');
    const look = redis.commands.smembers.bind(redis.commands);
    vi.spyOn(redis.commands, 'smembers').mockImplementationOnce((async (key: string) => {
      const found = await look(key);
      expect(await spares.adopt(place, id, 'c')).toBe(true);
      return found;
    }) as never);
    expect(await spares.left()).toEqual([]);
    expect((await sessions.get(id))?.place).toBe(place);
  });

  it('one that the clean-up has taken for left is lent to nobody, should its worker come back', async () => {
    const [place, id] = [newSessionId(), newSessionId()];
    await sessions.create(recordOf(id), NO_LIMITS, NOW);
    await spares.add(place, 'silent');
    await redis.commands.hset(`steward:spare:${place}`, 'uid', '7');
    expect(await spares.left()).toEqual([{ place, uid: 7 }]);
    await spares.renew('silent', 60_000);
    expect(await spares.adopt(place, id, 'c')).toBe(false);
    expect(await redis.commands.hget(sessionKey(id), 'folder')).toBeNull();
  });

  it('one of a worker that lives is not left', async () => {
    const place = newSessionId();
    await spares.renew('lives', 60_000);
    await spares.add(place, 'lives');
    expect(await spares.left()).toEqual([]);
    expect(await redis.commands.hget(`steward:spare:${place}`, 'left')).toBeNull();
  });

  it.each([
    ['taken for left', (place: string) => spares.left().then(() => place)],
    ['removed', (place: string) => spares.remove(place)],
  ])('a fork whose copy was %s meanwhile is no session', async (_what, lose) => {
    const id = newSessionId();
    await spares.add(id, `grows-${id}`);
    await lose(id);
    const fork = recordOf(id, { state: 'hibernated', forkedFrom: newSessionId() });
    await expect(sessions.create(fork, NO_LIMITS, NOW)).rejects.toMatchObject({ code: 'session.lost' });
    expect(await sessions.get(id)).toBeNull();
    expect(await sessions.openCount()).toBe(0);
  });
});
