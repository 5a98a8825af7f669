import { setTimeout as delay } from 'node:timers/promises';
import { type StewardClient } from '@steward/client';

const LOOK_MS = 300;
const PAGE = 200;

/** Somebody who answers what agents ask, after a while: mostly yes. */
export class Approver {
  private on = true;
  private readonly decisions = new Map<string, { readonly at: number; readonly decision: 'allow' | 'deny' }>();
  private readonly working: Promise<void>;

  constructor(
    private readonly client: StewardClient,
    private readonly random: () => number,
  ) {
    this.working = this.work();
  }

  async stop(): Promise<void> {
    this.on = false;
    await this.working;
  }

  private async work(): Promise<void> {
    while (this.on) {
      const open = await this.client.openApprovals({ limit: PAGE }).catch(() => ({ data: [] }));
      for (const { id, runId } of open.data) {
        if (!this.decisions.has(id))
          this.decisions.set(id, {
            at: Date.now() + this.random() * 4000,
            decision: this.random() < 0.75 ? 'allow' : 'deny',
          });
        const { at, decision } = this.decisions.get(id)!;
        // The first answer counts; what became of one that was lost, the run's own list tells.
        if (Date.now() >= at) await this.client.approve(runId, id, { decision }).catch(() => undefined);
      }
      await delay(LOOK_MS);
    }
  }
}
