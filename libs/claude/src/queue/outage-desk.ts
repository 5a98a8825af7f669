import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type BreakerView, ClaudeBreakerService } from '../breaker/index.js';
import { OutageStore } from './outage.store.js';
import { RunScheduler } from './run-scheduler.js';
import { type RunRecord } from './run.types.js';

/** A probe that came to nothing (its run was cancelled) is followed by another one. */
const NEXT_PROBE_MS = 1000;

/** What runs wait for: one model, or one of the others. */
export const outageOf = ({ scope, target }: Pick<BreakerView, 'scope' | 'target'>): string =>
  scope === 'model' ? `model:${target}` : scope;

/**
 * Runs that wait for the end of an outage: when a breaker of this worker lets a probe through, one of them goes on, and
 * all of them do when it closes. Each also has a moment of its own, should nobody be left to tell it.
 */
@Injectable()
export class OutageDesk implements OnModuleDestroy {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly listening: { unsubscribe(): void };

  constructor(
    private readonly waiting: OutageStore,
    private readonly breakers: ClaudeBreakerService,
    private readonly scheduler: RunScheduler,
  ) {
    this.listening = breakers.changes.subscribe((view) => this.heard(view));
  }

  onModuleDestroy(): void {
    this.listening.unsubscribe();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** A run waits from now on; where the outage is over by now, it goes on. */
  async join(outage: string, run: RunRecord, isOver: () => boolean): Promise<void> {
    await this.waiting.enter(outage, run);
    if (isOver()) await this.wake(outage, 1);
  }

  /** A run that waits, and whose worker may have died before it said so. Repeatable. */
  keep(outage: string, run: RunRecord): Promise<void> {
    return this.waiting.enter(outage, run);
  }

  /**
   * Wakes what nobody would: the worker whose breaker they wait for may be gone, and with it what it knew. What is closed
   * here is tried by one of them, and has worked for somebody since they wait: by all of them.
   */
  async look(): Promise<void> {
    for (const { outage, newestMs } of await this.waiting.list()) await this.tryAgain(outage, newestMs);
  }

  private async tryAgain(outage: string, newestMs: number): Promise<void> {
    const { isClosed, servedAtMs } = this.breakers.standing((one) => outageOf(one) === outage);
    if (isClosed) await this.wake(outage, (servedAtMs ?? 0) > newestMs ? Infinity : 1);
  }

  private heard(view: BreakerView): void {
    const outage = outageOf(view);
    clearTimeout(this.timers.get(outage));
    this.timers.delete(outage);
    if (view.state === 'closed') void this.wake(outage, Infinity);
    if (view.state === 'open') this.arm(view, Date.parse(view.retryAt ?? view.since) - Date.now());
  }

  private arm({ scope, target }: BreakerView, inMs: number): void {
    const outage = outageOf({ scope, target });
    const probe = () => {
      const { view } = this.breakers.of(scope, target);
      if (view.state !== 'open') return;
      void this.wake(outage, 1);
      this.arm(view, NEXT_PROBE_MS);
    };
    this.timers.set(outage, setTimeout(probe, Math.max(1, inMs)).unref());
  }

  /** What fails here the moment of each run makes good. */
  private async wake(outage: string, most: number): Promise<void> {
    try {
      for (let woken = 0; woken < most;) {
        const runId = await this.waiting.take(outage);
        if (runId === null) return;
        if (await this.scheduler.wake(runId, 'outage')) woken += 1;
      }
    } catch {
      // Redis is away; that is another outage.
    }
  }
}
