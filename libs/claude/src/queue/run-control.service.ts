import { Injectable } from '@nestjs/common';
import {
  type Approval,
  type ApprovalAnswer,
  ClaudeApprovalService,
  viewOf as approvalView,
} from '../approval/index.js';
import { isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { type Owner } from '../session/index.js';
import { ClaudeStreamService } from '../stream/index.js';
import { ApprovalDesk } from './approval-desk.js';
import { CancelBus } from './cancel-bus.js';
import { RunDispatcher } from './run-dispatcher.js';
import { RunEnder } from './run-ender.js';
import { outcomeOfError } from './run-outcome.js';
import { viewOf } from './run-record.js';
import { RunStore } from './run.store.js';
import { type CancelCode, type RunPlace, type RunRecord, type RunView } from './run.types.js';

/** What people do to a run that was accepted: end it, stop it, answer what it asks. */
@Injectable()
export class RunControlService {
  constructor(
    private readonly runs: RunStore,
    private readonly stream: ClaudeStreamService,
    private readonly dispatcher: RunDispatcher,
    private readonly ender: RunEnder,
    private readonly cancels: CancelBus,
    private readonly asked: ClaudeApprovalService,
    private readonly desk: ApprovalDesk,
  ) {}

  /** @throws ClaudeError `run.not_found`, also for a run of somebody else */
  async record(id: string, owner: Owner): Promise<RunRecord> {
    const run = isId(id) ? await this.runs.get(id) : null;
    if (!run || !isSame(run.owner, owner)) throw new ClaudeError('run.not_found');
    return run;
  }

  /** The same without what it holds. */
  async place(id: string, owner: Owner): Promise<RunPlace> {
    const place = isId(id) ? await this.runs.place(id) : null;
    if (!place || !isSame(place.owner, owner)) throw new ClaudeError('run.not_found');
    return place;
  }

  /** Asks for the end of a run, wherever it is. An ended run stays as it is. */
  async cancel(id: string, owner: Owner): Promise<RunView> {
    await this.endEarly(await this.record(id, owner), 'run.cancelled');
    return viewOf(await this.record(id, owner));
  }

  /** Asks for the end of what a run does now; its session keeps the agent process. An ended run stays as it is. */
  async interrupt(id: string, owner: Owner): Promise<RunView> {
    await this.endEarly(await this.record(id, owner), 'run.interrupted');
    return viewOf(await this.record(id, owner));
  }

  /** Approvals of a run, oldest first; answered ones as long as the run is kept. */
  async approvals(id: string, owner: Owner): Promise<readonly Approval[]> {
    await this.place(id, owner);
    return (await this.asked.ofRun(id)).map(approvalView);
  }

  /**
   * Answers an approval. A run that had given its agent process back goes on.
   *
   * @throws ClaudeError `run.not_found`, `approval.*`, `request.invalid`
   */
  async approve(id: string, approvalId: string, owner: Owner, answer: ApprovalAnswer): Promise<Approval> {
    await this.place(id, owner);
    const { approval, stop } = await this.desk.answer(id, approvalId, owner, answer);
    if (stop) await this.endEarly(await this.record(id, owner), 'approval.stopped');
    return approval;
  }

  private async endEarly(run: RunRecord, code: CancelCode): Promise<void> {
    const state = await this.runs.requestCancel(run.id, code);
    if (state === 'running') await this.cancels.tell(run.id, code);
    if (state === 'pending') await this.endWaiting(run, code);
  }

  /** No worker can claim it any more; whoever takes the next epoch writes its end. */
  private async endWaiting(run: RunRecord, code: CancelCode): Promise<void> {
    const taken = await this.stream.takeOver(run.id);
    if (taken) {
      await this.ender.end(run, taken.writer, outcomeOfError(new ClaudeError(code), null));
      await this.dispatcher.withdraw(run.id);
    }
    await this.ender.release(run);
  }
}

const isSame = (a: Owner, b: Owner): boolean => a.tenant === b.tenant && a.user === b.user;
