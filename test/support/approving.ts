import { type Approval, type StewardClient } from '@steward/client';
import { expect } from 'vitest';

/** Waits until so many approvals of a run are open. */
export async function openApprovals(client: StewardClient, runId: string, count = 1): Promise<readonly Approval[]> {
  const open = async () => (await client.approvals(runId)).filter(({ state }) => state === 'open');
  await expect.poll(async () => (await open()).length, { timeout: 60_000, interval: 50 }).toBe(count);
  return open();
}
