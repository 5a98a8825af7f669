import { describe, expect, it } from 'vitest';
import { type LeavingRedis, withLeavingRedis } from '../../../../test/support/redis-that-leaves.fixture.js';
import { ApprovalStore } from './approval.store.js';

/** Who carries a run waits for what was asked in it; who must answer now is told. */
describe('what was asked, while Redis is away', () => {
  let redis: LeavingRedis;
  withLeavingRedis((given) => (redis = given));

  it('is waited for, or not', async () => {
    const approvals = new ApprovalStore(redis.connections);
    await redis.leave();
    const waiting = approvals.ofRun('run', 'waits');
    await expect(approvals.ofRun('run')).rejects.toBeInstanceOf(Error);
    await redis.comeBack();
    expect(await waiting).toEqual([]);
  });
});
