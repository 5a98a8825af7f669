import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { checkedPlace } from './checked-place.js';
import { claudeStatus } from './claude-status.js';
import { type ClaudeStatus } from './claude-status.types.js';
import { type Approval, type ApprovalAnswer, ClaudeApprovalService } from './approval/index.js';
import { type SlashCommand } from './command/index.js';
import { budgetOf, ClaudeConfigService, newRunId, type RunId } from './config/index.js';
import { ClaudeError } from './error/index.js';
import {
  ClaudeModelService,
  ModelLedgerStore,
  type SessionSpending,
  sessionSpending,
  type Spending,
  spendingOf,
} from './model/index.js';
import {
  ClaudeQueueService,
  QueueOperationsService,
  RunControlService,
  RunWorkerService,
  type RunFilter,
  type RunPlace,
  type RunRequest,
  type RunView,
} from './queue/index.js';
import {
  ClaudeSessionService,
  type McpServerView,
  SessionMcpStore,
  type Holdings,
  type NewSession,
  type Owner,
  type Page,
  type SessionRecord,
  type TranscriptMessage,
} from './session/index.js';
import {
  ClaudeStreamService,
  type FollowOptions,
  type Frame,
  type HistoryOptions,
  type WideFollowOptions,
  type WideFrames,
} from './stream/index.js';
import { ClaudeWrapperService } from './wrapper/index.js';

/** How long closing a session waits for what still runs in it. */
const CLOSE_WAIT_MS = 15_000;
const HISTORY_MAX = 1000;

/** The few verbs that an app needs. */
@Injectable()
export class ClaudeService {
  constructor(
    private readonly queue: ClaudeQueueService,
    private readonly operations: QueueOperationsService,
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly wrapper: ClaudeWrapperService,
    private readonly config: ClaudeConfigService,
    private readonly model: ClaudeModelService,
    private readonly ledger: ModelLedgerStore,
    private readonly asked: ClaudeApprovalService,
    private readonly control: RunControlService,
    private readonly mcp: SessionMcpStore,
    private readonly worker: RunWorkerService,
  ) {}

  /** Accepts a run; from then on it will end. With an id that was accepted before it answers that run. */
  submit(request: RunRequest, owner: Owner, id?: RunId): Promise<RunView> {
    return this.queue.submit(request, owner, id);
  }

  getRun(id: string, owner: Owner): Promise<RunView> {
    return this.queue.get(id, owner);
  }

  /** Where a run stands, without its result, which may be large. */
  runPlace(id: string, owner: Owner): Promise<RunPlace> {
    return this.queue.place(id, owner);
  }

  listRuns(owner: Owner, filter: RunFilter, limit: number, cursor?: string): Promise<Page<RunView>> {
    return this.queue.list(owner, filter, limit, cursor);
  }

  /** Asks for the end of a run; an ended one stays as it is. */
  cancel(id: string, owner: Owner): Promise<RunView> {
    return this.control.cancel(id, owner);
  }

  /**
   * Stops what a run does: it ends `cancelled` with `run.interrupted` and what it has said; session and agent process
   * stay. An ended run stays as it is.
   */
  interrupt(id: string, owner: Owner): Promise<RunView> {
    return this.control.interrupt(id, owner);
  }

  /**
   * Says something to a running run; what the agent answers belongs to that run.
   *
   * @param ifEnded what becomes of it when the run has ended: refused, or a run of its own in the same session
   * @throws ClaudeError `run.not_found`, `input.*`, and what `submit` throws
   */
  async input(
    id: string,
    owner: Owner,
    text: string,
    ifEnded: 'reject' | 'enqueue',
    inputId?: RunId,
  ): Promise<RunView> {
    return this.queue.input(id, owner, { id: inputId ?? newRunId(), text }, ifEnded);
  }

  /** What a run asks people, oldest first; answered ones as long as the run is kept. */
  approvals(id: string, owner: Owner): Promise<readonly Approval[]> {
    return this.control.approvals(id, owner);
  }

  /** What waits for the caller in all of their runs, oldest first. */
  openApprovals(owner: Owner, limit: number, cursor?: string): Promise<Page<Approval>> {
    return this.asked.openOf(owner, limit, cursor);
  }

  /**
   * Answers an approval; the first answer counts.
   *
   * @throws ClaudeError `run.not_found`, `approval.not_found`, `approval.resolved`, `approval.expired`, `request.invalid`
   */
  async approve(id: string, approvalId: string, owner: Owner, answer: ApprovalAnswer): Promise<Approval> {
    this.queue.checkRedis();
    return this.control.approve(id, approvalId, owner, answer);
  }

  /** Place of a waiting run, 1 is next; null when it does not wait. */
  position(id: string): Promise<number | null> {
    return this.queue.position(id);
  }

  /** Waits for the end of a run. The signal only ends the waiting. */
  async wait(id: string, owner: Owner, signal: AbortSignal): Promise<RunView> {
    const run = await this.getRun(id, owner);
    if (run.endedAt !== null) return run;
    const { lastSeq } = run;
    for await (const _frames of this.stream.follow(id, { after: Math.max(0, lastSeq - 1), signal }));
    return this.getRun(id, owner);
  }

  /**
   * Every event after a position, until the terminal one.
   *
   * @throws ClaudeError `run.not_found`, at the first step
   */
  async *follow(id: string, owner: Owner, options: FollowOptions): AsyncGenerator<readonly Frame[], void, undefined> {
    if (!options.isNew) await this.queue.place(id, owner);
    yield* this.stream.follow(id, { terminal: () => this.queue.terminalFrame(id), ...options });
  }

  /** The runs of a session, one after the other, until it is closed. */
  async *followSession(id: string, owner: Owner, options: WideFollowOptions): WideFrames {
    await this.sessions.get(id, owner);
    yield* this.stream.followSession(id, { terminal: (runId) => this.queue.terminalFrame(runId), ...options });
  }

  /** All of the caller's runs, without deltas. */
  followAll(owner: Owner, options: WideFollowOptions): WideFrames {
    return this.stream.followOwner(owner, { terminal: (runId) => this.queue.terminalFrame(runId), ...options });
  }

  /** A position of a session's stream: the one that is given, or, for `end`, where it ends now. */
  async sessionPosition(id: string, owner: Owner, place: string): Promise<string> {
    await this.sessions.get(id, owner);
    if (place === 'end') return this.stream.endOfSession(id);
    return checkedPlace(this.queue, owner, place);
  }

  /** The same for the stream of all one's own runs. */
  async feedPosition(owner: Owner, place: string): Promise<string> {
    return place === 'end' ? this.stream.endOfOwner(owner) : place;
  }

  /** A page of a run's history. */
  async history(id: string, owner: Owner, limit: number, options: HistoryOptions): Promise<Page<Frame>> {
    const run = await this.queue.place(id, owner);
    const terminal = () => this.queue.terminalFrame(id);
    const { data, position } = await this.stream.history(id, Math.min(limit, HISTORY_MAX), { terminal, ...options });
    return { data, nextCursor: position < run.lastSeq ? String(position) : null };
  }

  /**
   * A new session; an id of its own in the options is made by `newSessionId`.
   *
   * @throws ClaudeError `request.invalid` for a workspace that is not offered, `workspace.*`, `session.limit_reached`,
   *   `session.total_reached`; nothing is left then
   */
  createSession(owner: Owner, options: Omit<NewSession, 'passing'> = {}): Promise<SessionRecord> {
    this.queue.checkOpen();
    return this.sessions.create(owner, options);
  }

  getSession(id: string, owner: Owner): Promise<SessionRecord> {
    return this.sessions.get(id, owner);
  }

  /**
   * A new session that begins with the conversation and the workspace of this one, which stays as it is.
   *
   * @throws ClaudeError `session.not_found`, `session.busy` while something runs in it, `session.limit_reached`
   */
  async forkSession(id: string, owner: Owner, options: Omit<NewSession, 'passing'> = {}): Promise<SessionRecord> {
    this.queue.checkOpen();
    return this.sessions.fork(await this.sessions.get(id, owner), options);
  }

  /** A page of the conversation, oldest first; empty while nothing has run. */
  async messages(id: string, owner: Owner, limit: number, cursor?: string): Promise<Page<TranscriptMessage>> {
    return this.sessions.messages(await this.sessions.get(id, owner), limit, cursor);
  }

  /**
   * Slash commands and skills that a run of this session may name.
   *
   * @throws ClaudeError `session.not_found`, `cli.*`
   */
  async listCommands(id: string, owner: Owner): Promise<readonly SlashCommand[]> {
    await this.sessions.get(id, owner);
    return this.queue.commands();
  }

  /**
   * MCP servers that the operator offers, with what the session's runs have seen of them.
   *
   * @throws ClaudeError `session.not_found`
   */
  async listMcpServers(id: string, owner: Owner): Promise<readonly McpServerView[]> {
    await this.sessions.get(id, owner);
    return this.mcp.list(id);
  }

  listSessions(owner: Owner, limit: number, cursor?: string): Promise<Page<SessionRecord>> {
    return this.sessions.list(owner, limit, cursor);
  }

  /**
   * Cancels what waits and runs in the session, then removes all of it.
   *
   * @throws ClaudeError `session.busy` when what runs did not end in time; repeat it then
   */
  async closeSession(id: string, owner: Owner): Promise<SessionRecord> {
    this.queue.checkRedis();
    const session = await this.sessions.get(id, owner);
    // The last ones first: no waiting run begins because the one before it ended.
    for (const runId of (await this.queue.queueOfSession(session.id)).toReversed()) {
      await this.control.cancel(runId, owner).catch((error: unknown) => {
        if (!(error instanceof ClaudeError) || error.code !== 'run.not_found') throw error;
      });
    }
    const lease = await this.sessions.lease(session.id, `close-${randomUUID()}`, CLOSE_WAIT_MS);
    if (!lease) throw new ClaudeError('session.busy');
    try {
      await this.sessions.remove(session);
    } finally {
      await lease.release();
    }
    return { ...session, state: 'closed' };
  }

  /** Sessions, agent processes and bytes on disk that a caller has now, beside what there may be. */
  holdings(owner: Owner): Promise<Holdings> {
    return this.sessions.holdings(owner);
  }

  /** What a caller has used today and this month, and what is left of the budget. */
  spending(owner: Owner): Promise<Spending> {
    return spendingOf(this.ledger, owner, budgetOf(this.config.options.budgets, owner));
  }

  /**
   * What the runs of a session have used.
   *
   * @throws ClaudeError `session.not_found`
   */
  async sessionSpending(id: string, owner: Owner): Promise<SessionSpending> {
    await this.sessions.get(id, owner);
    return sessionSpending(await this.ledger.session(id));
  }

  /** Whether this server takes nothing new, since it is shutting down. */
  get isDraining(): boolean {
    return this.worker.isDraining;
  }

  status(): Promise<ClaudeStatus> {
    const { queue, worker, operations, sessions, wrapper, config, model } = this;
    return claudeStatus({ queue, worker, operations, sessions, wrapper, config, model });
  }
}
