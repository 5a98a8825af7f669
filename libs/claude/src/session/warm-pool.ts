import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type CliProfile, profileKey, type ToolHooks } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { hostFreeMemoryBytes } from '../pressure/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { HotShelf, type HotSession } from './hot-shelf.js';
import { LiveAgentsStore } from './live-agents.store.js';
import { findPlanted } from './planted-files.js';
import { SessionStore } from './session.store.js';
import { SpareShelf } from './spare-shelf.js';
import { SpareStore } from './spare.store.js';
import { type EndReason, sizeOf, type WarmProcess } from './warm-process.js';
import { type Wanted, WantedBus } from './wanted-bus.js';

const TEND_MS = 1000;
/** How long the spares of a worker that says nothing are still taken for its own. */
const OWNER_MS = 10_000;

/**
 * Agent processes that wait: hot ones of sessions that ran, with the lease of each, and spare ones for new sessions.
 * Never ends one that works. What it gives away, or lets fall, has a state in Redis that says so.
 */
@Injectable()
export class WarmPool implements OnModuleDestroy {
  private readonly logger = new Logger('Session');
  private readonly hot = new HotShelf((fallen, why) => void this.end(fallen, why));
  private readonly ending = new Set<Promise<void>>();
  private carry: (runId: string) => boolean = () => false;
  private timer: NodeJS.Timeout | undefined;
  private tending: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly spares: SpareShelf,
    private readonly spareStore: SpareStore,
    private readonly store: SessionStore,
    private readonly wrapper: ClaudeWrapperService,
    private readonly bus: WantedBus,
    private readonly agents: LiveAgentsStore,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /**
   * Begins to keep processes.
   *
   * @param carry takes a run of a session that is hot here; false when this worker has no place for it now
   */
  async start(carry: (runId: string) => boolean): Promise<void> {
    this.carry = carry;
    await this.spareStore.renew(this.spares.worker, OWNER_MS);
    await this.bus.listen((wanted) => this.wanted(wanted));
    this.timer = setInterval(() => (this.tending = this.tend()), TEND_MS);
  }

  /** A new session asks for this profile, or is expected to. */
  want(profile: CliProfile, hooks: ToolHooks | null): void {
    if (this.timer && !this.closed) this.spares.want(profile, hooks);
  }

  takeSpare(profile: CliProfile, hooks: ToolHooks | null, sessionId: string): Promise<WarmProcess | null> {
    return this.spares.take(profileKey(profile, hooks), sessionId);
  }

  /** The session's process and its lease, which are the caller's from here on. */
  takeHot(sessionId: string): HotSession | null {
    const found = this.hot.take(sessionId);
    if (found) this.tell();
    return found;
  }

  /** Why a hot process cannot serve a run of this profile; null when it can. */
  async reasonAgainst(process: WarmProcess, profile: CliProfile, hooks: ToolHooks | null): Promise<EndReason | null> {
    return process.reasonAgainst(profileKey(profile, hooks), await this.wrapper.cli());
  }

  /** Whether a process that has served a run is to wait for the next one; `put` it then, or end it. */
  async wants(process: WarmProcess): Promise<boolean> {
    if (this.closed || this.config.options.hotProcesses === 0) return false;
    // Nothing of the agent runs from here on that could write any more.
    const reason =
      process.reasonToEnd(this.config.options) ??
      ((await process.leftSomething()) ? 'left' : null) ??
      ((await this.foundPlanted(process)) ? 'planted' : null);
    if (reason !== null) this.metrics.count('warmEnded', { reason });
    return reason === null;
  }

  private async foundPlanted({ folders }: WarmProcess): Promise<boolean> {
    const found = await findPlanted(folders).catch((error: Error) => [error.message]);
    if (found.length > 0) this.logger.log({ found }, 'a process is not kept: files that could steer it were found');
    return found.length > 0;
  }

  put(hot: HotSession): void {
    hot.process.answers.rest();
    if (this.closed) return void this.end(hot, 'stopped');
    this.hot.put(hot);
    while (this.hot.size > this.config.options.hotProcesses) this.endOldest('count');
    this.tell();
  }

  /** Ends the process of a session that is hot here and gives its lease back. */
  async hibernate(sessionId: string, reason: EndReason): Promise<void> {
    const found = this.hot.take(sessionId);
    if (found) await this.end(found, reason);
  }

  countEnded(reason: EndReason): void {
    this.metrics.count('warmEnded', { reason });
  }

  async onModuleDestroy(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.tending;
    for (let next = this.hot.takeOldest(); next; next = this.hot.takeOldest()) void this.end(next, 'stopped');
    await Promise.all([this.spares.close(), ...this.ending]);
    await this.spareStore.retire(this.spares.worker).catch(() => undefined);
  }

  private wanted({ sessionId, runId }: Wanted): void {
    if (!this.hot.has(sessionId) || this.closed) return;
    if (runId !== null && this.carry(runId)) return;
    void this.hibernate(sessionId, 'asked');
  }

  private endOldest(reason: EndReason): boolean {
    const oldest = this.hot.takeOldest();
    if (oldest) void this.end(oldest, reason);
    return oldest !== null;
  }

  /** The lease goes back last: who takes it finds nobody at work. */
  private end(hot: HotSession, reason: EndReason): Promise<void> {
    this.metrics.count('warmEnded', { reason });
    this.tell();
    const ended = this.finish(hot).finally(() => this.ending.delete(ended));
    this.ending.add(ended);
    return ended;
  }

  private async finish({ sessionId, lease, process }: HotSession): Promise<void> {
    try {
      await process.agent.stop();
      await this.store.update(sessionId, { state: 'hibernated', bytes: await sizeOf(process) }, lease.epoch);
      if (!lease.lost.aborted) await this.agents.leave(sessionId);
    } catch (error) {
      this.logger.warn({ sessionId, reason: (error as Error).message }, 'that a session rests could not be written');
    }
    await lease.release().catch((error: Error) => {
      this.logger.warn({ sessionId, reason: error.message }, 'a lease could not be given back; it will run out');
    });
  }

  private async tend(): Promise<void> {
    try {
      const { hotIdleMs, processMaxAgeMs } = this.config.options;
      for (const { hot, why } of this.hot.takeIdle(hotIdleMs, processMaxAgeMs)) void this.end(hot, why);
      await this.spareStore.renew(this.spares.worker, OWNER_MS);
      await this.shrink();
      if (!this.closed) await this.spares.tend();
    } catch (error) {
      this.logger.debug({ reason: (error as Error).message }, 'looking after the waiting processes failed');
    }
  }

  /** Ends waiting processes while memory is short; one look frees what is needed by what each has. */
  private async shrink(): Promise<void> {
    const { poolMemoryBytes, poolFreeMemoryBytes } = this.config.options;
    const free = await hostFreeMemoryBytes();
    let missing = free === null ? 0 : poolFreeMemoryBytes - free;
    while (missing > 0) {
      const before = this.waitingBytes;
      if (!(await this.spares.narrow('pressure')) && !this.endOldest('pressure')) break;
      missing -= Math.max(1, before - this.waitingBytes);
    }
    while (this.wrapper.memoryBytes > poolMemoryBytes) {
      if (!this.endOldest('memory') && !(await this.spares.narrow('memory'))) break;
    }
    if (missing <= 0 && this.wrapper.memoryBytes < 0.8 * poolMemoryBytes) this.spares.widen();
  }

  private get waitingBytes(): number {
    return this.hot.memoryBytes + this.spares.memoryBytes;
  }

  private tell(): void {
    this.metrics.set('warmProcesses', this.hot.size, { temperature: 'hot' });
  }
}
