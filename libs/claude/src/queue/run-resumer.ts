import { Injectable, Logger } from '@nestjs/common';
import { type ApprovalRecord, ClaudeApprovalService, requestedEvent, resolvedEvent } from '../approval/index.js';
import { userLines } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeSessionService, type SessionRecord, type TranscriptEntry } from '../session/index.js';
import { ClaudeStreamService, type LogSurvey, type LogWriter, type NewEvent } from '../stream/index.js';
import { type RunInput, RunInputStore } from './run-input.store.js';
import { type Claim } from './run.store.js';
import { NO_FIGURES, outcomeOfError, type RunOutcome } from './run-outcome.js';
import { inputsAsRun } from './inputs-as-run.js';
import { nameOf, resumeNote } from './resume-note.js';
import { hasHeard, planResume } from './resume-plan.js';
import { RunPolicy } from './run-policy.js';
import { type RunRecord } from './run.types.js';

/** How a later attempt begins: with a line for the CLI, or at the end of the run already. */
export type Resumption = Beginning | { readonly outcome: RunOutcome };

export interface Beginning {
  /** Null: the prompt. */
  readonly line: string | null;
  /** Whether an earlier attempt has said it under the same uuid. */
  readonly repeats: boolean;
  /** What people allowed, and what has not run. */
  readonly granted: readonly ApprovalRecord[];
  /** What was said to it, and the conversation does not have. */
  readonly missing: readonly RunInput[];
  /** Whether they accepted a plan. */
  readonly planAccepted: boolean;
}

/** Of a first attempt. */
export const FIRST: Beginning = { line: null, repeats: false, granted: [], missing: [], planAccepted: false };

/** Something died that had nothing to do with what the model said. */
const LOST: ReadonlySet<string> = new Set([
  'worker.lost',
  'worker.stopped',
  'session.lost',
  'cli.wedged',
  'cli.crashed',
]);

/** Goes on with what an earlier attempt has begun (ADR 11). */
@Injectable()
export class RunResumer {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly metrics: ClaudeMetricsService,
    private readonly policy: RunPolicy,
    private readonly inputs: RunInputStore,
    private readonly approvals: ClaudeApprovalService,
  ) {}

  /**
   * Tells readers what of the log is void and what of it was missing. Call it under the lease, before anything is written.
   *
   * @returns a line of null: nothing of the run has reached the conversation, and it begins anew
   */
  async begin({ run, attempt }: Claim, session: SessionRecord | null, writer: LogWriter): Promise<Resumption> {
    // The attempt will find out itself.
    if (!session) return FIRST;
    const approvals = this.policy.approvals(run.request) ? await this.approvals.settle(run.id) : [];
    if (approvals.some(({ state }) => state === 'open')) return ended(new ClaudeError('approval.waiting'));
    const [survey, tail] = await Promise.all([this.stream.survey(run.id), this.sessions.tail(session, run.id)]);
    for (const event of untold(approvals, survey.approvals)) writer.pushEvent(event);
    if (approvals.some(({ resolution }) => resolution?.stop)) return ended(new ClaudeError('approval.stopped'));
    const missing = run.hasInput ? await this.missing(run.id, survey, tail, writer) : [];
    const granted = approvals.filter((one) => isGrant(one) && one.delivered === null);
    // A note is told when the conversation has it: the attempt that was to tell it may have ended before.
    const decided = approvals.filter((one) => (isGrant(one) ? granted.includes(one) : !hasHeard(tail, nameOf(one))));
    const idle = new Set(approvals.filter(hasNotActed).map(nameOf));
    const tools = inputsAsRun(survey.tools, approvals);
    const plan = planResume({ ...survey, tools }, tail, { idle, areNew: decided.length > 0 });
    const begun = plan.hasPrompt || survey.tools.length > 0;
    const isVoid = plan.voidFrom !== null;
    if (begun || isVoid) {
      writer.push('run.resumed', {
        attempt,
        fromSeq: plan.voidFrom,
        throughSeq: isVoid ? writer.lastSeq : null,
        unknownTools: plan.unknown.map(({ toolUseId, name, input }) => ({ toolUseId, name, input })),
      });
      for (const event of plan.missing) writer.pushEvent(event);
      this.metrics.count('runsResumed');
      this.logger.log(
        { runId: run.id, attempt, reason: run.returnedFor, voidFrom: plan.voidFrom, unknownTools: plan.unknown.length },
        'a run goes on',
      );
    }
    const planAccepted = approvals.some(({ kind, resolution }) => kind === 'plan' && resolution?.decision === 'allow');
    const repeats = !plan.hasPrompt || missing.length > 0;
    if (!begun) return { line: null, repeats, granted, missing, planAccepted };
    if (plan.finished && missing.length === 0 && this.mayBeFinished(run)) return { outcome: completed(plan.finished) };
    const note = resumeNote({ reason: run.returnedFor ?? 'worker.lost', ...plan, decided });
    // Its uuid says in the conversation which prompt is the run's.
    const line = plan.hasPrompt ? userLines([note], crypto.randomUUID()) : userLines([askedOf(run), note], run.id);
    return { line, repeats, granted, missing, planAccepted };
  }

  /** Readers are told of what they have not heard of. */
  private async missing(
    runId: string,
    survey: LogSurvey,
    tail: readonly TranscriptEntry[] | null,
    writer: LogWriter,
  ): Promise<readonly RunInput[]> {
    const taken = await this.inputs.taken(runId);
    for (const { id, text } of taken) {
      if (!survey.inputs.has(id)) writer.push('input.accepted', { inputId: id, text });
    }
    const said = (tail ?? []).flatMap(({ role, content }) => (role === 'user' ? content : []));
    const known = new Set(said.map((block) => block['text']));
    return taken.filter(({ text }) => !known.has(text));
  }

  /** After a failure the last word of the model was not good enough, or not its own. */
  private mayBeFinished({ request, returnedFor }: RunRecord): boolean {
    return (
      LOST.has(returnedFor ?? '') &&
      request.outputSchema === undefined &&
      (request.backgroundTasks ?? 'stop') === 'stop'
    );
  }
}

/** The same call may run, once: the agent makes it anew. */
const isGrant = ({ kind, resolution }: ApprovalRecord): boolean => kind === 'tool' && resolution?.decision === 'allow';

const hasNotActed = (approval: ApprovalRecord): boolean => !isGrant(approval) || approval.delivered !== 'call';

/** What readers have not heard of approvals, since who asked was gone. */
const untold = (approvals: readonly ApprovalRecord[], told: LogSurvey['approvals']): NewEvent[] =>
  approvals.flatMap((approval) => [
    ...(told.has(approval.id) ? [] : [requestedEvent(approval)]),
    ...(told.get(approval.id) === 'resolved' || !approval.resolution
      ? []
      : [resolvedEvent(approval, approval.resolution)]),
  ]);

const ended = (error: ClaudeError): Resumption => ({ outcome: outcomeOfError(error, null) });

const askedOf = ({ request: { prompt, command } }: RunRecord): string =>
  prompt ?? `/${command?.name ?? ''} ${command?.args ?? ''}`.trim();

const completed = (result: NonNullable<RunOutcome['result']>): RunOutcome => ({
  type: 'run.completed',
  state: 'completed',
  error: null,
  result,
  figures: NO_FIGURES,
  resources: null,
});
