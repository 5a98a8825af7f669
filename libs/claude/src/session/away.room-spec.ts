import { RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../../../test/support/redis.process.js';
import { newSessionId } from '../config/index.js';
import { sessionKey } from './session-keys.js';
import { SessionStore } from './session.store.js';

/** What an agent's question needs while Redis is away: an agent waits, and must not be told that nobody could decide. */
describe('what is allowed in a session, while Redis is away', () => {
  let redis: RedisProcess;
  let connections: RedisConnections;
  beforeEach(async () => {
    redis = await RedisProcess.start({ durable: true });
    connections = await RedisConnections.connect(redis.url, null);
  });
  afterEach(async () => {
    await connections.close();
    await redis[Symbol.asyncDispose]();
  });

  it('is waited for; who must answer now is told', async () => {
    const id = newSessionId();
    await connections.commands.hset(sessionKey(id), { createdAt: 'then', 'allow:Bash': '1' });
    const sessions = new SessionStore(connections);
    await redis.kill();
    await expect.poll(() => connections.commands.status, { timeout: 20_000 }).not.toBe('ready');
    const waiting = sessions.allowed(id);
    await expect(sessions.get(id)).rejects.toBeInstanceOf(Error);
    await redis.startAgain();
    expect(await waiting).toEqual(['Bash']);
  });
});
