import { Injectable, Logger } from '@nestjs/common';
import { userLines } from '../command/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeSessionService, type SessionRecord } from '../session/index.js';
import { ClaudeStreamService, type LogWriter } from '../stream/index.js';
import { type Claim } from './run.store.js';
import { NO_FIGURES, type RunOutcome } from './run-outcome.js';
import { resumeNote } from './resume-note.js';
import { planResume } from './resume-plan.js';
import { type RunRecord } from './run.types.js';

/** How a later attempt begins: with a line for the CLI, or at the end of the run already. */
export type Resumption = { readonly line: string | null } | { readonly outcome: RunOutcome };

const LOST: ReadonlySet<string> = new Set(['worker.lost', 'worker.stopped', 'session.lost']);

/** Goes on with what an earlier attempt has begun (ADR 11). */
@Injectable()
export class RunResumer {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly stream: ClaudeStreamService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /**
   * Tells readers what of the log is void and what of it was missing. Call it under the lease, before anything is written.
   *
   * @returns a line of null: nothing of the run has reached the conversation, and it begins anew
   */
  async begin({ run, attempt }: Claim, session: SessionRecord | null, writer: LogWriter): Promise<Resumption> {
    // The attempt will find out itself.
    if (!session) return { line: null };
    const [survey, tail] = await Promise.all([this.stream.survey(run.id), this.sessions.tail(session, run.id)]);
    const plan = planResume(survey, tail);
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
    if (!begun) return { line: null };
    if (plan.finished && this.mayBeFinished(run)) return { outcome: completed(plan.finished) };
    const note = resumeNote({ reason: run.returnedFor ?? 'worker.lost', ...plan });
    // Its uuid says in the conversation which prompt is the run's.
    if (plan.hasPrompt) return { line: userLines([note], crypto.randomUUID()) };
    return { line: userLines([askedOf(run), note], run.id) };
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
