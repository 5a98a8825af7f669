import { Injectable } from '@nestjs/common';
import { isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeSessionService, type Owner, type Page } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { resolvedEvent } from './approval.events.js';
import { ApprovalBus } from './approval-bus.js';
import { ApprovalStore } from './approval.store.js';
import { type Approval, type ApprovalAnswer, type ApprovalRecord, type Resolution, viewOf } from './approval.types.js';
import { resolutionOf, timedOut, withdrawn } from './resolution.js';
import { RunApprovals, type RunApprovalsOptions } from './run-approvals.js';
import { sessionRule } from './session-rule.js';

type AttemptOptions = Omit<RunApprovalsOptions, 'store' | 'sessionRules' | 'count'>;

/** Questions of agents to people: kept until somebody answers, whatever happens to those who asked. */
@Injectable()
export class ClaudeApprovalService {
  constructor(
    private readonly store: ApprovalStore,
    private readonly bus: ApprovalBus,
    private readonly sessions: ClaudeSessionService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** For one attempt at a run. @returns with it what ends its listening */
  begin(options: AttemptOptions): { readonly approvals: RunApprovals; readonly end: () => void } {
    const { run } = options;
    const sessionRules = () => this.sessions.allowed(run.sessionId);
    const count = (resolution: Resolution) => this.count(resolution);
    const approvals = new RunApprovals({ ...options, store: this.store, sessionRules, count });
    const { unlisten } = this.bus.listen(run.id, () => approvals.look());
    return { approvals, end: () => (unlisten(), approvals.close()) };
  }

  /**
   * Decides what waits; the agent learns of it wherever it is.
   *
   * @throws ClaudeError `approval.not_found`, `approval.resolved`, `approval.expired`, `request.invalid`
   */
  async answer(runId: string, id: string, owner: Owner, answer: ApprovalAnswer): Promise<ApprovalRecord> {
    const found = await this.ofOwner(runId, id, owner);
    if (found.state === 'resolved') throw new ClaudeError('approval.resolved', { by: found.resolution?.by ?? null });
    const resolution = resolutionOf(found, answer, owner.user);
    const done = await this.store.resolve(found, resolution, true);
    if (done === 'none') throw new ClaudeError('approval.not_found');
    if (done === 'expired') throw new ClaudeError('approval.expired', { deadline: found.deadline });
    if (done === 'resolved') throw new ClaudeError('approval.resolved', { by: null });
    this.count(resolution);
    // What was allowed is what runs, and not what was asked for.
    const input = resolution.input ?? found.input;
    const rule = resolution.scope === 'session' ? sessionRule({ toolName: found.tool, input }) : null;
    if (rule !== null) await this.sessions.allow(found.sessionId, rule);
    await this.bus.ring(runId);
    return { ...found, state: 'resolved', resolution };
  }

  /** All of a run, oldest first. */
  ofRun(runId: string): Promise<ApprovalRecord[]> {
    return this.store.ofRun(runId);
  }

  /** @param whileAway waits for a Redis that is away: for who carries the run */
  async openOfRun(runId: string, whileAway: 'waits' | 'fails' = 'fails'): Promise<ApprovalRecord[]> {
    return (await this.store.ofRun(runId, whileAway)).filter(({ state }) => state === 'open');
  }

  /** Those of a caller that wait, oldest first. */
  async openOf(owner: Owner, limit: number, cursor?: string): Promise<Page<Approval>> {
    const { data, nextCursor } = await this.store.openOf(owner, limit, cursor);
    return { data: data.map(viewOf), nextCursor };
  }

  /** Lets their deadlines decide what has passed them. @returns all of the run as they are then */
  async settle(runId: string): Promise<ApprovalRecord[]> {
    for (const approval of await this.openOfRun(runId, 'waits')) {
      if (Date.parse(approval.deadline) > Date.now()) continue;
      const resolution = timedOut(approval.kind, approval.default);
      if ((await this.store.resolve(approval, resolution, false)) === 'done') this.count(resolution);
    }
    return this.store.ofRun(runId, 'waits');
  }

  /** A run ends: nobody need answer any more. */
  async withdraw(runId: string, writer: Pick<LogWriter, 'pushEvent'>): Promise<void> {
    for (const approval of await this.openOfRun(runId, 'waits')) {
      const resolution = withdrawn();
      if ((await this.store.resolve(approval, resolution, false)) !== 'done') continue;
      writer.pushEvent(resolvedEvent(approval, resolution));
      this.count(resolution);
    }
  }

  expire(runId: string, retentionMs: number): Promise<void> {
    return this.store.expire(runId, retentionMs);
  }

  private count({ decision, by }: Resolution): void {
    this.metrics.count('approvals', { decision, by });
  }

  private async ofOwner(runId: string, id: string, owner: Owner): Promise<ApprovalRecord> {
    const found = isId(id) ? await this.store.get(id) : null;
    const isTheirs = found?.owner.tenant === owner.tenant && found.owner.user === owner.user;
    if (!found || !isTheirs || found.runId !== runId) throw new ClaudeError('approval.not_found');
    return found;
  }
}
