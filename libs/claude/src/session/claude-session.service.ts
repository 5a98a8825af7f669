import { Injectable } from '@nestjs/common';
import { type SlashCommand } from '../command/index.js';
import { ClaudeConfigService, isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelLedgerStore } from '../model/index.js';
import { CommandCatalog } from './command-catalog.js';
import { LiveAgentsStore } from './live-agents.store.js';
import { decodePlace, encodeCursor } from './cursor.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionHealthStore } from './session-health.store.js';
import { SessionForker } from './session-forker.js';
import { type SessionLease } from './session-lease.js';
import { SessionLender } from './session-lender.js';
import {
  type LendRequest,
  type LentProcess,
  type RunLeft,
  type SessionHold,
  type WaitFor,
} from './session-lender.types.js';
import { SessionMaker } from './session-maker.js';
import { SessionStore } from './session.store.js';
import { type Holdings, type NewSession, type Owner, type Page, type SessionRecord } from './session.types.js';
import { SessionAnswersStore } from './session-answers.store.js';
import { SessionMcpStore } from './session-mcp.store.js';
import { type LeftSpare, SpareStore } from './spare.store.js';
import { openTranscript } from './transcript-file.js';
import { readTranscript, type TranscriptMessage } from './transcript-reader.js';
import { readTail, type TranscriptEntry } from './transcript-tail.js';
import { WarmPool } from './warm-pool.js';

/** Remembers conversations; lends agent processes that go on with them. */
@Injectable()
export class ClaudeSessionService {
  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
    private readonly catalog: CommandCatalog,
    private readonly pool: WarmPool,
    private readonly lender: SessionLender,
    private readonly maker: SessionMaker,
    private readonly forker: SessionForker,
    private readonly agents: LiveAgentsStore,
    private readonly spares: SpareStore,
    private readonly ledger: ModelLedgerStore,
    private readonly mcp: SessionMcpStore,
    private readonly answers: SessionAnswersStore,
    private readonly health: SessionHealthStore,
  ) {}

  /** @throws ClaudeError `session.limit_reached`, `session.total_reached`, `workspace.*`; nothing is left then */
  create(owner: Owner, options: NewSession = {}): Promise<SessionRecord> {
    return this.maker.make(owner, options);
  }

  /**
   * A new session with the right to act on it, for a run that begins at once; `leave` it when nothing comes of that.
   *
   * @throws ClaudeError as `create`
   */
  async createHeld(owner: Owner, options: NewSession): Promise<{ session: SessionRecord; hold: SessionHold }> {
    const terms = this.lender.newTerms();
    const session = await this.maker.make(owner, options, terms);
    return { session, hold: this.lender.holdNew(session.id, terms) };
  }

  /**
   * A new session with a copy of this one's workspace and conversation; the original stays as it is.
   *
   * @throws ClaudeError `session.busy` when something runs in it, `session.limit_reached`, `session.total_reached`,
   *   `workspace.quota_reached`, `workspace.total_reached`, `workspace.too_large`; nothing is left then
   */
  async fork(original: SessionRecord, options: NewSession = {}): Promise<SessionRecord> {
    await this.maker.checkRoom(original.owner);
    return this.forker.fork(original, options, (copy) => this.maker.record(copy));
  }

  /**
   * Messages of the conversation, oldest first.
   *
   * @param from byte of the transcript, as the page before told
   */
  async messages(session: SessionRecord, limit: number, cursor?: string): Promise<Page<TranscriptMessage>> {
    const from = cursor === undefined ? 0 : decodePlace('messages', cursor);
    const file = await openTranscript(this.folders.paths(session.place).config, session.cliSessionId);
    if (!file) return { data: [], nextCursor: null };
    try {
      const { data, next } = await readTranscript(file, from, limit);
      return { data, nextCursor: next === null ? null : encodeCursor('messages', String(next)) };
    } finally {
      await file.close();
    }
  }

  /** What the conversation has behind a prompt; null where it has not even that. Call it under the lease. */
  async tail(session: SessionRecord, promptUuid: string): Promise<readonly TranscriptEntry[] | null> {
    const file = await openTranscript(this.folders.paths(session.place).config, session.cliSessionId);
    if (!file) return null;
    try {
      return await readTail(file, promptUuid);
    } finally {
      await file.close();
    }
  }

  /** @throws ClaudeError `session.not_found`, also for a session of somebody else */
  async get(id: string, owner: Owner): Promise<SessionRecord> {
    const record = isId(id) ? await this.store.get(id) : null;
    if (!record || record.owner.tenant !== owner.tenant || record.owner.user !== owner.user)
      throw new ClaudeError('session.not_found');
    return record;
  }

  /** The session whoever owns it; null when it is closed. For those who act for the system. */
  find(id: string): Promise<SessionRecord | null> {
    return this.store.get(id);
  }

  /** One that lasts as long as its runs, also while it is being closed; null for any other. */
  async findPassing(id: string): Promise<SessionRecord | null> {
    const found = await this.store.evenClosing(id);
    return found?.passing ? found : null;
  }

  list(owner: Owner, limit: number, cursor?: string): Promise<Page<SessionRecord>> {
    return this.store.list(owner, limit, cursor);
  }

  /** What people allowed for the rest of a session; waits for a Redis that is away, since an agent waits for the answer. */
  allowed(id: string): Promise<readonly string[]> {
    return this.store.allowed(id);
  }

  /** What need not be asked again in this session. @returns false when it is gone, or holds too much already */
  allow(id: string, rule: string): Promise<boolean> {
    return this.store.allow(id, rule);
  }

  /** Takes it for healthy again, whatever crashed in it. @throws ClaudeError `session.not_found` */
  async recover(id: string, owner: Owner): Promise<SessionRecord> {
    await this.get(id, owner);
    await this.health.recover(id);
    return this.get(id, owner);
  }

  openCount(): Promise<number> {
    return this.store.openCount();
  }

  /** What a caller has open, beside what they may. */
  async holdings(owner: Owner): Promise<Holdings> {
    const [sessions, processes, bytes] = await Promise.all([
      this.store.openCount(owner),
      this.agents.countOf(owner),
      this.store.bytesOf(owner),
    ]);
    const { maxSessions, maxOwnerProcesses, maxOwnerWorkspaceBytes } = this.config.options;
    return {
      sessions: { current: sessions, limit: maxSessions },
      processes: { current: processes, limit: maxOwnerProcesses || null },
      workspaceBytes: { current: bytes, limit: maxOwnerWorkspaceBytes || null },
    };
  }

  /**
   * Begins to keep processes warm on this worker.
   *
   * @param expected profile of runs that ask for nothing, of which the first spares are
   * @param carry takes a run of a session that is hot here; false when this worker has no place for it now
   */
  async keepWarm(expected: Pick<LendRequest, 'profile' | 'hooks'>, carry: (runId: string) => boolean): Promise<void> {
    await this.pool.start(carry);
    this.pool.want(expected.profile, expected.hooks ?? null);
  }

  /**
   * The right to act on this session, waited for at most `waitMs`; null when another holder kept it that long. A process
   * that waits in it is ended.
   */
  lease(sessionId: string, holder: string, waitMs: number): Promise<SessionLease | null> {
    return this.lender.lease(sessionId, holder, waitMs);
  }

  /** The same where nobody has it now. A process that waits in the session is left alone: whose it is has the right with it. */
  leaseNow(sessionId: string, holder: string): Promise<SessionLease | null> {
    return this.lender.leaseNow(sessionId, holder);
  }

  /** The same for a run, with the session's process where it waits here. Null also when the run is not wanted any more. */
  hold(sessionId: string, holder: string, waitMs: number, run: WaitFor): Promise<SessionHold | null> {
    return this.lender.hold(sessionId, holder, waitMs, run);
  }

  /** The same where the session's process waits here; `leave` it when nothing comes of it. */
  holdHot(sessionId: string): SessionHold | null {
    return this.lender.holdHot(sessionId);
  }

  /** Nothing was done with it: its process goes back to where it waited. */
  leave(hold: SessionHold): Promise<void> {
    return this.lender.leave(hold);
  }

  /** A process for a run: the one that waits, a spare one, or a new one. Its hold has it from here on. */
  lend(request: LendRequest): Promise<LentProcess> {
    return this.lender.lend(request);
  }

  /** Nobody acts on the session for now: its process waits for the next run, or is ended and the conversation rests. */
  giveBack(hold: SessionHold, ended: RunLeft | null): Promise<void> {
    return this.lender.giveBack(hold, ended);
  }

  /**
   * The slash commands and skills that the CLI offers in a process without settings of a workspace.
   *
   * @throws ClaudeError `cli.*` when no CLI is here, or it does not start
   */
  commands(): Promise<readonly SlashCommand[]> {
    return this.catalog.list();
  }

  /**
   * A worker died with a run of the session: its process is gone, and the conversation rests.
   *
   * @param epoch of the lease of who says so: it may be another's by now
   */
  async rest(sessionId: string, epoch: number): Promise<void> {
    // What its last run wrote nobody has measured.
    const session = await this.store.evenClosing(sessionId);
    const bytes = session ? { bytes: await this.folders.bytes(session.place) } : {};
    if (await this.store.used(sessionId, { state: 'hibernated', ...bytes }, epoch)) await this.agents.leave(sessionId);
  }

  /**
   * Removes everything of a session; call it under the lease only. Repeatable: what a crash leaves undone, the clean-up does.
   *
   * @param onlyAtRest not when something runs or waits in it
   */
  async remove(session: SessionRecord, onlyAtRest = false): Promise<boolean> {
    if (!(await this.store.beginClose(session, onlyAtRest))) return false;
    // It may have begun in the folder of a spare since it was looked for.
    const { place } = (await this.store.evenClosing(session.id)) ?? session;
    await this.folders.remove(place);
    await this.ledger.forgetSession(session.id);
    await this.mcp.forget(session.id);
    await this.answers.forget(session.id);
    await this.store.remove(session);
    this.metrics.count('sessionsClosed');
    return true;
  }

  /**
   * Sessions that nobody used for the retention time, and those whose closing did not come to its end.
   *
   * @param skip so many of the first ones are known already, and cannot be closed now
   * @returns them, and how many were looked at; fewer than the limit at the end
   */
  async expired(skip: number, limit: number): Promise<{ sessions: SessionRecord[]; looked: number }> {
    const ids = await this.store.unusedSince(Date.now() - this.config.options.sessionRetentionMs, skip, limit);
    const found = await Promise.all(ids.map((id) => this.store.evenClosing(id)));
    const sessions = found.filter((record) => record !== null && record.state !== 'running') as SessionRecord[];
    return { sessions, looked: ids.length };
  }

  /** What spares of killed workers, and forks that broke off, have left. Nobody else acts on it from here on. */
  leftPlaces(): Promise<LeftSpare[]> {
    return this.spares.left();
  }

  /** Repeatable. */
  async removeLeftPlace({ place, uid }: LeftSpare): Promise<void> {
    // A fork that had come to its end but for the last step.
    const isSession = (await this.store.evenClosing(place)) !== null;
    if (!isSession) await Promise.all([this.folders.remove(place), this.answers.forget(place)]);
    await this.spares.remove(place, isSession ? null : uid);
  }
}
