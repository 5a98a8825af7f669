import { setTimeout as delay } from 'node:timers/promises';
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
import { InputDesk } from './input-desk.js';
import { RunDispatcher } from './run-dispatcher.js';
import { endNow, RunEnder } from './run-ender.js';
import { RunPolicy } from './run-policy.js';
import { type RunInput } from './run-input.store.js';
import { viewOf } from './run-record.js';
import { RunStore } from './run.store.js';
import { type CancelCode, type RunPlace, type RunRecord, type RunView } from './run.types.js';

/** For the end that another writes. */
const END_LOOKS = 20;
const END_LOOK_MS = 50;

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
    private readonly inputs: InputDesk,
    private readonly policy: RunPolicy,
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

  /**
   * Says something to a running run; resolves when the run has it. One id counts once.
   *
   * @throws ClaudeError `run.not_found`, `input.run_ended`, `input.too_many`, `input.not_taken`, `request.invalid`
   */
  async input(id: string, owner: Owner, input: RunInput): Promise<RunView> {
    this.policy.checkInput(input.text);
    await this.place(id, owner);
    if (!(await this.inputs.give(id, input))) throw new ClaudeError('input.run_ended');
    return viewOf(await this.record(id, owner));
  }

  /**
   * Says a new prompt to whatever runs in its session.
   *
   * @returns the run that has it; null when nothing runs there
   */
  async steer(sessionId: string, owner: Owner, input: RunInput): Promise<RunView | null> {
    const before = await this.inputs.wentTo(input.id);
    if (before !== null) return viewOf(await this.record(before, owner));
    const [first] = await this.runs.queueOfSession(sessionId);
    const run = first === undefined ? null : await this.runs.get(first);
    if (!run || !isSame(run.owner, owner) || run.state !== 'running') return null;
    return (await this.inputs.give(run.id, input)) ? viewOf(await this.record(run.id, owner)) : null;
  }

  private async endEarly(run: RunRecord, code: CancelCode): Promise<void> {
    const state = await this.runs.requestCancel(run.id, code);
    if (state === 'running') await this.cancels.ring(run.id, code);
    if (state === 'pending') await this.endWaiting(run, code);
  }

  /** No worker can claim it any more; whoever takes the next epoch writes its end. */
  private async endWaiting(run: RunRecord, code: CancelCode): Promise<void> {
    if (await endNow(run, code, this.stream, this.ender)) await this.dispatcher.withdraw(run.id);
    else await this.ended(run.id);
    await this.ender.release(run);
  }

  /** Somebody else, who found the same wish, writes the end in this moment: who asked hears of a run that has ended. */
  private async ended(id: string): Promise<void> {
    for (let looks = 0; looks < END_LOOKS && !(await this.runs.hasEnded(id)); looks += 1) await delay(END_LOOK_MS);
  }
}

const isSame = (a: Owner, b: Owner): boolean => a.tenant === b.tenant && a.user === b.user;
