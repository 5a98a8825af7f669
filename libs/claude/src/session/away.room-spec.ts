import { describe, expect, it } from 'vitest';
import { type LeavingRedis, withLeavingRedis } from '../../../../test/support/redis-that-leaves.fixture.js';
import { newSessionId } from '../config/index.js';
import { sessionKey } from './session-keys.js';
import { SessionStore } from './session.store.js';

/** What an agent's question needs while Redis is away: an agent waits, and must not be told that nobody could decide. */
describe('what is allowed in a session, while Redis is away', () => {
  let redis: LeavingRedis;
  withLeavingRedis((given) => (redis = given));

  it('is waited for; who must answer now is told', async () => {
    const id = newSessionId();
    await redis.connections.commands.hset(sessionKey(id), { createdAt: 'then', 'allow:Bash': '1' });
    const sessions = new SessionStore(redis.connections);
    await redis.leave();
    const waiting = sessions.allowed(id);
    await expect(sessions.get(id)).rejects.toBeInstanceOf(Error);
    await redis.comeBack();
    expect(await waiting).toEqual(['Bash']);
  });
});
