import { Injectable, Logger } from '@nestjs/common';
import { v4 as randomUuid } from 'uuid';
import { type CliProfile, type ToolHooks } from '../command/index.js';
import { ClaudeConfigService, newSessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { AgentStarter } from './agent-starter.js';
import { ProfileDemand, type WantedProfile } from './profile-demand.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionUsers } from './session-users.js';
import { isTooOld } from './spare-age.js';
import { SpareStore } from './spare.store.js';
import { unlessAborted } from './unless-aborted.js';
import { type EndReason, type WarmProcess } from './warm-process.js';

/** A new one is not started into the first moments of the run that took the last one. */
const REFILL_MS = 300;
/** For the profile of a start that failed; others get their spares meanwhile. */
const RETRY_MS = 15_000;

interface Spare {
  /** Folder in `sessions`, which becomes that of the session. */
  readonly place: string;
  readonly cliSessionId: string;
  readonly process: WarmProcess;
}

/** Spare processes of this worker: of the profiles that new sessions ask for, as many as there may be. */
@Injectable()
export class SpareShelf {
  readonly worker = randomUuid();
  private readonly logger = new Logger('Session');
  private readonly demand = new ProfileDemand();
  private readonly spares = new Set<Spare>();
  /** Places that could not be removed, because Redis was away: as long as this worker lives, nobody else looks at them. */
  private readonly left = new Set<string>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private filling: Promise<void> | undefined;
  /** The one that makes itself ready. */
  private rehearsing: WarmProcess | null = null;
  /** Profiles whose last start failed, by key, and until when none of them is started. */
  private readonly resting = new Map<string, number>();
  /** Fewer than the setting while memory is short. */
  private room = Infinity;

  constructor(
    private readonly starter: AgentStarter,
    private readonly folders: SessionFolderStore,
    private readonly users: SessionUsers,
    private readonly store: SpareStore,
    private readonly wrapper: ClaudeWrapperService,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  get size(): number {
    return this.spares.size;
  }

  get memoryBytes(): number {
    return [...this.spares].reduce((sum, { process }) => sum + process.agent.memoryBytes, 0);
  }

  /** A new session asks for this profile, or is expected to. */
  want(profile: CliProfile, hooks: ToolHooks | null): void {
    this.demand.note(profile, hooks);
    this.refill(REFILL_MS);
  }

  /** The spare of this profile for a session that has not begun; null when there is none that can be lent. */
  async take(key: string, sessionId: string): Promise<WarmProcess | null> {
    const cli = await this.wrapper.cli();
    for (const spare of this.spares) {
      if (spare.process.key !== key) continue;
      const reason = spare.process.reasonAgainst(key, cli) ?? this.tooOld(spare);
      this.spares.delete(spare);
      if (reason !== null) void this.end(spare, reason);
      else if (await this.store.adopt(spare.place, sessionId, spare.cliSessionId)) {
        this.tell();
        return spare.process;
      } else {
        // The session has begun otherwise; another may still want this one.
        this.spares.add(spare);
        return null;
      }
    }
    this.tell();
    return null;
  }

  /** Replaces what is too old, died, or is not asked for any more. */
  async tend(): Promise<void> {
    const cli = await this.wrapper.cli();
    const shares = new Map([...this.demand.share(this.slots, this.resting)].map(([{ key }, count]) => [key, count]));
    for (const spare of this.spares) {
      const left = shares.get(spare.process.key) ?? 0;
      shares.set(spare.process.key, left - 1);
      const reason =
        spare.process.reasonAgainst(spare.process.key, cli) ?? this.tooOld(spare) ?? (left > 0 ? null : 'profile');
      if (reason !== null) this.drop(spare, reason);
    }
    for (const [key, until] of this.resting) if (until <= performance.now()) this.resting.delete(key);
    this.refill(0);
    for (const place of this.left) await this.removePlace(place);
  }

  /** Ends one to make room, and starts none before `widen`. False when there is none. */
  async narrow(reason: EndReason): Promise<boolean> {
    const [oldest] = this.spares;
    this.room = Math.max(0, this.spares.size - 1);
    if (!oldest) return false;
    this.spares.delete(oldest);
    await this.end(oldest, reason);
    return true;
  }

  widen(): void {
    this.room = Infinity;
  }

  async close(): Promise<void> {
    this.stopping.abort(new ClaudeError('worker.stopped'));
    clearTimeout(this.timer);
    // It would take its time to answer.
    await this.rehearsing?.agent.stop('at once');
    await this.filling;
    await Promise.all([...this.spares].map((spare) => this.end(spare, 'stopped')));
    await Promise.all([...this.left].map((place) => this.removePlace(place)));
    this.spares.clear();
    this.tell();
  }

  private get slots(): number {
    return Math.min(this.config.options.spareProcesses, this.room);
  }

  private tooOld({ process }: Spare): EndReason | null {
    return isTooOld(process.ageMs, this.config.options.spareMaxAgeMs) ? 'age' : null;
  }

  private drop(spare: Spare, reason: EndReason): void {
    this.spares.delete(spare);
    void this.end(spare, reason);
  }

  private refill(afterMs: number): void {
    if (this.stopping.signal.aborted || this.slots <= this.spares.size) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.filling ??= this.fill().finally(() => (this.filling = undefined));
    }, afterMs);
  }

  private async fill(): Promise<void> {
    for (let wanted = this.missing(); wanted && !this.stopping.signal.aborted; wanted = this.missing()) {
      try {
        const spare = await this.make(wanted);
        this.spares.add(spare);
        this.tell();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.logger.warn({ reason: (error as Error).message }, 'a spare agent process could not be started');
        this.resting.set(wanted.key, performance.now() + RETRY_MS);
      }
    }
  }

  /** What has fewer spares than its share. */
  private missing(): WantedProfile | null {
    for (const [wanted, count] of this.demand.share(this.slots, this.resting)) {
      const there = [...this.spares].filter(({ process }) => process.key === wanted.key).length;
      if (there < count && this.spares.size < this.slots) return wanted;
    }
    return null;
  }

  private async make({ profile, hooks }: WantedProfile): Promise<Spare> {
    const place = newSessionId();
    const cliSessionId = randomUuid();
    await this.store.add(place, this.worker);
    try {
      const { ownUser } = await unlessAborted(this.stopping.signal, this.wrapper.plan());
      const uid = ownUser ? await this.users.ofSpare(this.store.key(place)) : null;
      const process = await this.starter.start({
        place,
        who: 'spares',
        profile,
        hooks,
        conversation: { cliSessionId, resume: false },
        folders: await this.folders.create(place, uid),
        uid,
        grownToBytes: 0,
        signal: this.stopping.signal,
      });
      this.rehearsing = process;
      await this.starter.rehearse(process).finally(() => (this.rehearsing = null));
      const spare = { place, cliSessionId, process };
      void process.agent.exited.then(() => this.spares.has(spare) && this.drop(spare, 'died'));
      return spare;
    } catch (error) {
      await this.removePlace(place);
      throw error;
    }
  }

  private async end({ place, process }: Spare, reason: EndReason): Promise<void> {
    this.metrics.count('warmEnded', { reason });
    this.tell();
    await process.agent.stop('at once');
    await this.removePlace(place);
  }

  /** Folder first: an id in Redis is what the clean-up finds it by. */
  private async removePlace(place: string): Promise<void> {
    try {
      const uid = await this.store.uidOf(place);
      await this.folders.remove(place);
      await this.store.remove(place, uid);
      this.left.delete(place);
    } catch (error) {
      this.left.add(place);
      this.logger.debug({ place, reason: (error as Error).message }, 'the folder of a spare process is left for later');
    }
  }

  private tell(): void {
    this.metrics.set('warmProcesses', this.spares.size, { temperature: 'spare' });
  }
}
