import { Injectable } from '@nestjs/common';
import { type ApprovalRecord, ClaudeApprovalService, type RunApprovals } from '../approval/index.js';
import { ClaudeError } from '../error/index.js';
import { type People } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { type RunClock } from './run-clock.js';
import { RunPolicy } from './run-policy.js';
import { type RunRecord } from './run.types.js';

export interface AskingOptions {
  readonly run: RunRecord;
  readonly writer: LogWriter;
  /** What people allowed before, and what has not run. */
  readonly granted: readonly ApprovalRecord[];
  /** Stands still while people are waited for. */
  readonly clock: RunClock;
}

/** The people of one attempt. */
export interface AttemptPeople extends People {
  readonly approvals: RunApprovals;
  /** What is open stays so for whoever goes on. */
  readonly leave: () => void;
}

/** Lets the agent of a run ask people, where the run wants that. */
@Injectable()
export class RunPeople {
  constructor(
    private readonly policy: RunPolicy,
    private readonly service: ClaudeApprovalService,
  ) {}

  /**
   * @param end ends the attempt: for the time being, or with the run
   * @returns null where nobody is to be asked
   */
  begin({ run, writer, granted, clock }: AskingOptions, end: (error: ClaudeError) => void): AttemptPeople | null {
    const terms = this.policy.approvals(run.request);
    if (!terms) return null;
    const { approvals, end: leave } = this.service.begin({
      run,
      terms,
      granted,
      waits: (waiting) => clock.waits(waiting),
      emit: (event) => void (writer.lost.aborted || writer.pushEvent(event)),
      settle: () => writer.settle(),
      hold: () => end(new ClaudeError('approval.waiting')),
      stop: () => end(new ClaudeError('approval.stopped')),
    });
    const toolsAfterPlan = this.policy.tools({ ...run.request, permissionMode: 'default' });
    return { approvals, leave, toolsAfterPlan, ask: (question, signal) => approvals.ask(question, signal) };
  }
}
