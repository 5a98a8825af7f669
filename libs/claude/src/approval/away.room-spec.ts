import { RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../../../test/support/redis.process.js';
import { ApprovalStore } from './approval.store.js';

/** Who carries a run waits for what was asked in it; who must answer now is told. */
describe('what was asked, while Redis is away', () => {
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

  it('is waited for, or not', async () => {
    const approvals = new ApprovalStore(connections);
    await redis.kill();
    await expect.poll(() => connections.commands.status, { timeout: 20_000 }).not.toBe('ready');
    const waiting = approvals.ofRun('run', 'waits');
    await expect(approvals.ofRun('run')).rejects.toBeInstanceOf(Error);
    await redis.startAgain();
    expect(await waiting).toEqual([]);
  });
});
