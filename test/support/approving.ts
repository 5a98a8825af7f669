import { type Approval, type StewardClient } from '@steward/client';
import { expect, vi } from 'vitest';

/** Waits until so many approvals of a run are open. */
export async function openApprovals(client: StewardClient, runId: string, count = 1): Promise<readonly Approval[]> {
  return vi.waitFor(
    async () => {
      const open = (await client.approvals(runId)).filter(({ state }) => state === 'open');
      expect(open).toHaveLength(count);
      return open;
    },
    { timeout: 60_000, interval: 50 },
  );
}
