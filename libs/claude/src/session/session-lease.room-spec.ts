import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { type RedisConnections } from '@steward/redis';
import { newRunId, newSessionId } from '../config/index.js';
import { leaseKey } from './session-keys.js';
import { SessionLease } from './session-lease.js';

/** The right to act on a session, on a real Redis. */
describe('the lease of a session', () => {
  let redis: RedisConnections;
  beforeAll(async () => void (redis = await connectRedis()));
  afterAll(() => redis.close());

  const take = async () => {
    const sessionId = newSessionId();
    const lease = await SessionLease.take(redis.patient, { sessionId, holder: newRunId(), leaseMs: 9000 });
    return { sessionId, lease: lease! };
  };

  it('is confirmed before each of many tool calls, and nothing of that stays', async () => {
    const { lease } = await take();
    for (let call = 0; call < 30; call += 1) await lease.confirm();
    expect(getEventListeners(lease.lost, 'abort')).toEqual([]);
    await lease.release();
  });

  it('is lost for who confirms it when another has it by then, and for all who ask at once', async () => {
    const { sessionId, lease } = await take();
    await redis.commands.set(leaseKey(sessionId), 'somebody else', 'PX', 5000);
    const asked = await Promise.allSettled([lease.confirm(), lease.confirm()]);
    for (const answer of asked) expect(answer).toMatchObject({ reason: { code: 'session.lost' } });
    expect(lease.lost.aborted).toBe(true);
    await expect(lease.confirm()).rejects.toMatchObject({ code: 'session.lost' });
    await redis.commands.del(leaseKey(sessionId));
  });
});
