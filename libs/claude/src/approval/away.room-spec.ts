import { RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../../../test/support/redis.process.js';
import { newSessionId } from '../config/index.js';
import { sessionKey } from '../session/index.js';
import { SessionStore } from '../session/session.store.js';
import { ApprovalStore } from './approval.store.js';

/** What an agent's question needs while Redis is away: an agent waits for it, and must not be told that nobody could decide. */
describe('a question while Redis is away', () => {
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

  it('waits for the rules of its session and for what was asked before; who must answer now is told', async () => {
    const id = newSessionId();
    await connections.commands.hset(sessionKey(id), { createdAt: 'then', 'allow:Bash': '1' });
    const [sessions, approvals] = [new SessionStore(connections), new ApprovalStore(connections)];
    await redis.kill();
    await expect.poll(() => connections.commands.status, { timeout: 20_000 }).not.toBe('ready');
    const waiting = [sessions.allowed(id), approvals.ofRun('run', 'waits')];
    await expect(approvals.ofRun('run')).rejects.toBeInstanceOf(Error);
    await redis.startAgain();
    expect(await Promise.all(waiting)).toEqual([['Bash'], []]);
  });
});
