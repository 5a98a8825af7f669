import { basename, dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { v4 as randomUuid } from 'uuid';
import { type CliConversation } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { AgentStarter } from './agent-starter.js';
import { LiveAgentsStore } from './live-agents.store.js';
import { clearPlanted, type PlantedFiles } from './planted-files.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionHealthStore } from './session-health.store.js';
import { ownerName } from './session-keys.js';
import { type LeaseTerms, SessionLease } from './session-lease.js';
import {
  type LendRequest,
  type LentHow,
  type LentProcess,
  type RunLeft,
  type SessionHold,
  type WaitFor,
} from './session-lender.types.js';
import { SessionUsers } from './session-users.js';
import { SessionStore } from './session.store.js';
import { type SessionRecord } from './session.types.js';
import { unlessAborted } from './unless-aborted.js';
import { WarmPool } from './warm-pool.js';
import { WantedBus } from './wanted-bus.js';
import { sizeOf, type WarmProcess } from './warm-process.js';

/** The lease of another worker is asked for and looked at again after so long, up to the second figure. */
const LEASE_POLL_MS = [4, 200] as const;
/** Who has it and does not answer is asked again. */
const ASK_AGAIN_MS = 1000;

const always = (): Promise<boolean> => Promise.resolve(true);

/** Who may act on a session, and the agent process with which they do. */
@Injectable()
export class SessionLender {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly wrapper: ClaudeWrapperService,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
    private readonly redis: RedisConnections,
    private readonly users: SessionUsers,
    private readonly starter: AgentStarter,
    private readonly pool: WarmPool,
    private readonly agents: LiveAgentsStore,
    private readonly bus: WantedBus,
    private readonly health: SessionHealthStore,
  ) {}

  /** The right to act on this session, waited for at most `waitMs`; null when another holder kept it that long. */
  async lease(sessionId: string, holder: string, waitMs: number): Promise<SessionLease | null> {
    const letGo = () => this.pool.hibernate(sessionId, 'asked').then(() => null);
    const hold = await this.poll(sessionId, holder, waitMs, { runId: null, wanted: always }, letGo);
    return hold && hold.lease;
  }

  /** The same where nobody has it now. A process that waits in the session is left alone: whose it is has the right with it. */
  leaseNow(sessionId: string, holder: string): Promise<SessionLease | null> {
    return SessionLease.take(this.redis.patient, { sessionId, holder, leaseMs: this.config.options.sessionLeaseMs });
  }

  /** The same for a run, with the session's process where it waits here. Null also when the run is not wanted any more. */
  hold(sessionId: string, holder: string, waitMs: number, run: WaitFor): Promise<SessionHold | null> {
    return this.poll(sessionId, holder, waitMs, run, () => this.holdHot(sessionId));
  }

  /** @param here what is done where the session's process waits on this worker; it may begin to do so at any time */
  private async poll(
    sessionId: string,
    holder: string,
    waitMs: number,
    { runId, wanted }: WaitFor,
    here: () => SessionHold | null | Promise<null>,
  ): Promise<SessionHold | null> {
    const options = { sessionId, holder, leaseMs: this.config.options.sessionLeaseMs };
    const deadline = performance.now() + waitMs;
    let askAt = 0;
    for (let pauseMs: number = LEASE_POLL_MS[0]; ; pauseMs = Math.min(2 * pauseMs, LEASE_POLL_MS[1])) {
      const hot = await here();
      if (hot) return hot;
      const lease = await SessionLease.take(this.redis.patient, options);
      if (lease) return { sessionId, lease, process: null };
      if (performance.now() >= deadline) return null;
      if (performance.now() >= askAt) {
        await this.bus.ask({ sessionId, runId });
        askAt = performance.now() + ASK_AGAIN_MS;
      }
      await delay(pauseMs);
      if (!(await wanted())) return null;
    }
  }

  /** Terms of a lease that a session is made with. */
  newTerms(): LeaseTerms {
    return { holder: randomUuid(), leaseMs: this.config.options.sessionLeaseMs };
  }

  /** The right to act on a session that was made with these terms just now. */
  holdNew(sessionId: string, terms: LeaseTerms): SessionHold {
    return { sessionId, lease: SessionLease.ofNew(this.redis.patient, { sessionId, ...terms }), process: null };
  }

  /** The same where the session's process waits here; `leave` it when nothing comes of it. */
  holdHot(sessionId: string): SessionHold | null {
    const hot = this.pool.takeHot(sessionId);
    return hot && { sessionId, lease: hot.lease, process: hot.process };
  }

  /** Nothing was done with it: its process goes back to where it waited. */
  async leave({ sessionId, lease, process }: SessionHold): Promise<void> {
    if (process) this.pool.put({ sessionId, lease, process });
    else await lease.release();
  }

  /**
   * A process for a run: the one that waits, a spare one, or a new one. Its hold has it from here on.
   *
   * @throws ClaudeError `session.closed`, `session.unhealthy`, and why none could be started
   */
  async lend(request: LendRequest): Promise<LentProcess> {
    const { hold, profile, tools, hooks = null, people = null } = request;
    // Nobody waits for it, the prompt of a process that waits least of all.
    hold.told = nextTurn().then(() => this.tellRunning(hold));
    const how = (await this.reuse(request)) ?? (await this.open(request));
    const process = hold.process!;
    await process.tell(profile);
    process.answers.serve(profile, tools, process.folders.workspace, hooks, people);
    // The one that waited tells it already.
    if (how !== 'hot') process.agent.onSize((bytes) => this.sized(hold.sessionId, bytes, hold.lease.epoch));
    this.metrics.count('agentsLent', { how });
    return { agent: process.agent, door: this.wrapper.doorOf(process.agent), how };
  }

  private tellRunning({ sessionId, lease }: SessionHold): void {
    this.store.update(sessionId, { state: 'running' }, lease.epoch).catch((error: Error) => {
      this.logger.warn({ sessionId, reason: error.message }, 'a session could not be told as running');
    });
  }

  private async reuse({ hold, profile, hooks = null, repeats }: LendRequest): Promise<LentHow | null> {
    if (!hold.process) return null;
    const reason = repeats ? 'repeat' : await this.pool.reasonAgainst(hold.process, profile, hooks);
    if (reason === null) return 'hot';
    this.pool.countEnded(reason);
    await hold.process.agent.stop();
    hold.process = null;
    return null;
  }

  private async open(request: LendRequest): Promise<LentHow> {
    const session = await request.session();
    if (!session) throw new ClaudeError('session.closed');
    this.health.check(session);
    request.tell?.('place');
    await this.agents.enter(session, request.signal);
    request.tell?.('starting');
    return (await this.adopt(session, request)) ?? (await this.begin(session, request));
  }

  /** A spare one, for a session in which nothing has happened yet. */
  private async adopt(session: SessionRecord, { hold, profile, hooks = null }: LendRequest): Promise<LentHow | null> {
    if (session.state !== 'idle' || session.runs > 0 || session.place !== session.id) return null;
    // Files were put into its workspace before its first run.
    if (await this.folders.exists(session.place)) return null;
    // What it begins with lies in a folder of its own.
    if (session.workspace.kind !== 'empty') return null;
    this.pool.want(profile, hooks);
    hold.process = await this.pool.takeSpare(profile, hooks, session.id);
    return hold.process && 'spare';
  }

  private async begin(
    session: SessionRecord,
    { hold, profile, hooks = null, signal, tell }: LendRequest,
  ): Promise<LentHow> {
    const { ownUser } = await unlessAborted(signal, this.wrapper.plan());
    const uid = ownUser ? await this.users.of(session.id) : null;
    const folders = await this.folders.create(session.place, uid);
    this.tellPlanted(session.id, await clearPlanted(folders, profile.settingSources.length > 0));
    const conversation = await this.conversation(session);
    if (conversation.resume) tell?.('resuming');
    const { place, grownToBytes } = session;
    hold.process = await this.starter.start({
      place,
      who: ownerName(session.owner),
      profile,
      hooks,
      conversation,
      folders,
      uid,
      grownToBytes,
      signal,
    });
    return conversation.resume ? 'resumed' : 'new';
  }

  /**
   * Nobody acts on the session for now: its process waits for the next run, or is ended and the conversation rests.
   *
   * @param ended what a run that ended leaves; null where none was carried
   */
  async giveBack(hold: SessionHold, ended: RunLeft | null): Promise<void> {
    await hold.told;
    const { lease, process } = hold;
    // Who finds out what became of a run that was not settled needs the lease; one that crashed is no process any more.
    const mayWait = ended?.isSettled !== false && !ended?.crashed && !lease.lost.aborted;
    let waits = false;
    try {
      waits = process !== null && mayWait && (await this.pool.wants(process));
      await this.rest(hold, ended, waits);
    } finally {
      // Whatever could not be written: kept, it would be renewed for ever, and nobody could find out what became of the run.
      if (!waits) {
        await process?.agent.stop();
        await lease.release();
      }
    }
  }

  private async rest({ sessionId, lease, process }: SessionHold, ended: RunLeft | null, waits: boolean): Promise<void> {
    if (!waits) await process?.agent.stop();
    const state = waits ? 'hot' : 'hibernated';
    const grown = ended && ended.grownToBytes > 0 ? { grownToBytes: ended.grownToBytes } : {};
    const worked = ended?.crashed === false ? { crashes: 0 } : {};
    // Of one that lives the supervisor tells it.
    const size = process && !waits ? { bytes: await sizeOf(process) } : {};
    if (ended?.crashed) await this.health.noteCrash(sessionId);
    const written = ended
      ? this.store.used(sessionId, { state, ...grown, ...worked, ...size }, lease.epoch)
      : process && this.store.update(sessionId, { state, ...size }, lease.epoch);
    if (waits && process) this.pool.put({ sessionId, lease, process });
    await written;
    if (process && lease.lost.aborted) await this.clear(sessionId, process);
    // Who lost the lease has nothing to say of who has it now.
    if (waits) await this.agents.touch(sessionId);
    else if (!lease.lost.aborted) await this.agents.leave(sessionId);
  }

  /** The session may have been closed while this worker stood still: what it has written since then is nobody's. */
  private async clear(sessionId: string, { folders }: WarmProcess): Promise<void> {
    if ((await this.store.evenClosing(sessionId)) === null)
      await this.folders.remove(basename(dirname(folders.workspace)));
  }

  /** A figure that could not be written comes again with the next run. */
  private sized(sessionId: string, bytes: number, epoch: number): void {
    this.store.update(sessionId, { bytes }, epoch).catch((error: Error) => {
      this.logger.debug({ sessionId, reason: error.message }, 'the size of a session could not be written');
    });
  }

  private tellPlanted(sessionId: string, { ignored, removed }: PlantedFiles): void {
    if (ignored.length + removed.length === 0) return;
    this.metrics.count('plantedFiles', { where: 'workspace' }, ignored.length);
    this.metrics.count('plantedFiles', { where: 'home' }, removed.length);
    this.logger.warn({ sessionId, ignored, removed }, 'files that would steer the agent were found; they do not act');
  }

  private async conversation(session: SessionRecord): Promise<CliConversation> {
    const { id, place, cliSessionId } = session;
    const transcript = await this.folders.transcript(place, cliSessionId);
    if (transcript !== 'empty') return { cliSessionId, resume: transcript === 'turns' };
    const fresh = randomUuid();
    await this.store.update(id, { cliSessionId: fresh });
    return { cliSessionId: fresh, resume: false };
  }
}
