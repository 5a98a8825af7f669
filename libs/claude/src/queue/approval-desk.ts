import { Injectable } from '@nestjs/common';
import { type Approval, type ApprovalAnswer, ClaudeApprovalService, viewOf } from '../approval/index.js';
import { type Owner } from '../session/index.js';
import { RunScheduler } from './run-scheduler.js';

/** Takes the answers of people; a run that has given its place back for them goes on. */
@Injectable()
export class ApprovalDesk {
  constructor(
    private readonly approvals: ClaudeApprovalService,
    private readonly scheduler: RunScheduler,
  ) {}

  /** @returns the approval, and whether its run is to end with it */
  async answer(
    runId: string,
    id: string,
    owner: Owner,
    answer: ApprovalAnswer,
  ): Promise<{ readonly approval: Approval; readonly stop: boolean }> {
    const resolved = await this.approvals.answer(runId, id, owner, answer);
    const stop = resolved.resolution?.stop ?? false;
    if (!stop) await this.wake(runId);
    return { approval: viewOf(resolved), stop };
  }

  /** Lets a run go on that waits for people, when nobody has anything left to answer. Repeatable. */
  async wake(runId: string): Promise<void> {
    if ((await this.approvals.openOfRun(runId)).length === 0) await this.scheduler.wake(runId, 'approval');
  }
}
