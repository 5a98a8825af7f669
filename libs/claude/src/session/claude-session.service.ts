import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { v4 as randomUuid } from 'uuid';
import { type CliConversation, type CliProfile, type SlashCommand, type ToolHooks } from '../command/index.js';
import { ClaudeConfigService, isId, newSessionId, type SessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { type ModelDoor, ModelLedgerStore } from '../model/index.js';
import { AgentProcess, ClaudeWrapperService } from '../wrapper/index.js';
import { connectServers, policyAnswers } from './agent-answers.js';
import { CommandCatalog } from './command-catalog.js';
import { clearPlanted, type PlantedFiles } from './planted-files.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionLease } from './session-lease.js';
import { SessionUsers } from './session-users.js';
import { SessionStore } from './session.store.js';
import { type Owner, type Page, type SessionRecord } from './session.types.js';

const LEASE_POLL_MS = 200;

export interface LendRequest {
  readonly session: SessionRecord;
  readonly profile: CliProfile;
  /** Tools that run without a person. */
  readonly tools: ReadonlySet<string>;
  /** Callbacks around tool calls; null for none. */
  readonly hooks?: ToolHooks | null;
  /** Gives up the start; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** A ready agent process of a session. */
export interface LentProcess {
  readonly agent: AgentProcess;
  /** Its way to the model, which passes nothing until it is assigned to a run. */
  readonly door: ModelDoor;
  /** Whether an earlier conversation was reopened. */
  readonly resumed: boolean;
}

/** Remembers conversations; lends agent processes that go on with them. */
@Injectable()
export class ClaudeSessionService {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly wrapper: ClaudeWrapperService,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
    private readonly redis: RedisConnections,
    private readonly users: SessionUsers,
    private readonly catalog: CommandCatalog,
    private readonly ledger: ModelLedgerStore,
  ) {}

  /** @throws ClaudeError `session.limit_reached` */
  async create(
    owner: Owner,
    metadata: Readonly<Record<string, string>> = {},
    id: SessionId = newSessionId(),
  ): Promise<SessionRecord> {
    const now = new Date().toISOString();
    const record: SessionRecord = {
      id,
      owner: { tenant: owner.tenant, user: owner.user },
      state: 'idle',
      createdAt: now,
      lastUsedAt: now,
      runs: 0,
      cliSessionId: randomUuid(),
      uid: null,
      grownToBytes: 0,
      metadata,
    };
    const limit = this.config.options.maxSessions;
    if (!(await this.store.create(record, limit))) throw new ClaudeError('session.limit_reached', { limit });
    this.metrics.count('sessionsCreated');
    return record;
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

  list(owner: Owner, limit: number, cursor?: string): Promise<Page<SessionRecord>> {
    return this.store.list(owner, limit, cursor);
  }

  openCount(): Promise<number> {
    return this.store.openCount();
  }

  /** The right to act on this session, waited for at most `waitMs`; null when another holder kept it that long. */
  async lease(sessionId: string, holder: string, waitMs: number): Promise<SessionLease | null> {
    const options = { sessionId, holder, leaseMs: this.config.options.sessionLeaseMs };
    const deadline = performance.now() + waitMs;
    for (;;) {
      const lease = await SessionLease.take(this.redis.patient, options);
      if (lease || performance.now() >= deadline) return lease;
      await delay(LEASE_POLL_MS);
    }
  }

  /** Starts an agent process in the session; call it under the lease only. */
  async lend({ session, profile, tools, hooks = null, signal }: LendRequest): Promise<LentProcess> {
    const { ownUser } = await this.wrapper.plan();
    const uid = ownUser ? await this.users.of(session.id) : null;
    const folders = await this.folders.create(session.id, uid);
    this.tellPlanted(session.id, await clearPlanted(folders, profile.settingSources.length > 0));
    const conversation = await this.conversation(session);
    await this.store.update(session.id, { state: 'running' });
    const agent = await this.wrapper.start({
      sessionId: session.id,
      profile,
      conversation,
      folders,
      uid,
      grownToBytes: session.grownToBytes,
      answer: policyAnswers(profile, tools, folders.workspace, hooks),
      hooks,
      signal,
    });
    try {
      if (conversation.resume) await agent.readTotals();
      await connectServers(agent, profile);
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return { agent, door: this.wrapper.doorOf(agent), resumed: conversation.resume };
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
   * The run is over and its process gone: the conversation rests until it is resumed.
   *
   * @param grownToBytes size of the workspace, where the run was ended for it
   */
  async giveBack(sessionId: string, grownToBytes = 0): Promise<void> {
    if (grownToBytes > 0) await this.store.noteGrown(sessionId, grownToBytes);
    await this.store.used(sessionId, 'hibernated');
  }

  /** Removes everything of a session; call it under the lease only. */
  async remove(session: SessionRecord): Promise<void> {
    await this.folders.remove(session.id);
    await this.store.remove(session);
    await this.ledger.forgetSession(session.id);
    if (session.uid !== null) await this.users.release(session.uid);
    this.metrics.count('sessionsClosed');
  }

  /** Sessions that nobody used for the retention time. */
  async expired(limit: number): Promise<SessionRecord[]> {
    const ids = await this.store.unusedSince(Date.now() - this.config.options.sessionRetentionMs, limit);
    const found = await Promise.all(ids.map((id) => this.store.get(id)));
    return found.filter((record) => record !== null && record.state !== 'running') as SessionRecord[];
  }

  private tellPlanted(sessionId: string, { ignored, removed }: PlantedFiles): void {
    if (ignored.length + removed.length === 0) return;
    this.metrics.count('plantedFiles', { where: 'workspace' }, ignored.length);
    this.metrics.count('plantedFiles', { where: 'home' }, removed.length);
    this.logger.warn({ sessionId, ignored, removed }, 'files that would steer the agent were found; they do not act');
  }

  private async conversation(session: SessionRecord): Promise<CliConversation> {
    const { id, cliSessionId } = session;
    const transcript = await this.folders.transcript(id, cliSessionId);
    if (transcript !== 'empty') return { cliSessionId, resume: transcript === 'turns' };
    const fresh = randomUuid();
    await this.store.update(id, { cliSessionId: fresh });
    return { cliSessionId: fresh, resume: false };
  }
}
