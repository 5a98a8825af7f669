import { type ToolDecision, type ToolQuestion } from '../command/index.js';
import { type NewEvent } from '../stream/index.js';
import { requestedEvent, resolvedEvent } from './approval.events.js';
import { type ApprovalStore } from './approval.store.js';
import { type ApprovalRecord, type ApprovalTerms, type Resolution } from './approval.types.js';
import { HoldClock } from './hold-clock.js';
import { type Asking, kindOf, newApproval } from './new-approval.js';
import { decisionOf, timedOut, withdrawn } from './resolution.js';
import { isSameInput } from './same-input.js';
import { sessionRule } from './session-rule.js';
import { type Waiting, waitingFor } from './waiting.js';

/** Of one run at once; what more is asked is refused, so that a run cannot fill the store. */
const MAX_OPEN = 100;

export interface RunApprovalsOptions {
  readonly run: Asking;
  readonly terms: ApprovalTerms;
  readonly store: ApprovalStore;
  /** Rules that hold for the rest of the session. */
  readonly sessionRules: () => Promise<readonly string[]>;
  /** What was allowed before the agent was started again, and has not run. */
  readonly granted: readonly ApprovalRecord[];
  readonly emit: (event: NewEvent) => void;
  /** Everything emitted is in the log. */
  readonly settle: () => Promise<void>;
  /** Nothing happens but waiting for people: the agent process may go. */
  readonly hold: () => void;
  /** Something was decided here, for want of a person. */
  readonly count: (resolution: Resolution) => void;
  /** A person wants the run to end. */
  readonly stop: () => void;
  /** Whether anything of the run waits for a person, when that changes. */
  readonly waits: (waiting: boolean) => void;
}

/** The approvals of one attempt: asks people what the CLI asks, and gives it their answer. */
export class RunApprovals {
  private readonly open = new Map<string, Waiting>();
  private readonly clock: HoldClock;
  private readonly granted: Set<ApprovalRecord>;
  private closed = false;

  constructor(private readonly options: RunApprovalsOptions) {
    this.granted = new Set(options.granted);
    this.clock = new HoldClock(options.terms.holdMs, options.hold);
  }

  get openCount(): number {
    return this.open.size;
  }

  /** Something else happens in the run. */
  noteActivity(): void {
    this.clock.restart();
  }

  /** Something was decided, somewhere. */
  look(): void {
    for (const waiting of this.open.values()) waiting.look();
  }

  /** The attempt ends: what is open stays open, and whoever goes on with the run goes on with it. */
  close(): void {
    this.closed = true;
    this.clock.stop();
    for (const waiting of this.open.values()) waiting.leave();
  }

  /**
   * Resolves when somebody has decided, or its time has passed.
   *
   * @param signal aborts with `withdrawn` when the CLI does not want to know any more, otherwise when it is gone
   */
  async ask(question: ToolQuestion, signal: AbortSignal): Promise<ToolDecision> {
    const known = await this.known(question);
    if (known) return known;
    if (this.closed) return { behavior: 'deny', message: 'The run is ending.' };
    if (this.open.size >= MAX_OPEN) return { behavior: 'deny', message: 'Too many questions wait for an answer.' };
    const { run, terms, store, emit, settle } = this.options;
    const approval = newApproval(question, run, terms);
    await store.open(approval);
    emit(requestedEvent(approval));
    const resolution = await this.wait(approval, signal);
    // Before the CLI may act on it: from here on nobody else will.
    if (!(await store.deliver(approval.id, 'call'))) return { behavior: 'deny', message: 'It was decided elsewhere.' };
    emit(resolvedEvent(approval, resolution));
    await settle();
    if (resolution.stop) setImmediate(this.options.stop);
    return decisionOf(approval, resolution);
  }

  /** What people have said already. */
  private async known({ toolName, input }: ToolQuestion): Promise<ToolDecision | null> {
    for (const grant of this.granted) {
      const same = [grant.input, grant.resolution?.input].some((given) => given && isSameInput(toolName, given, input));
      if (grant.tool !== toolName || !same) continue;
      this.granted.delete(grant);
      if (await this.options.store.deliver(grant.id, 'later')) return decisionOf(grant, grant.resolution!);
    }
    const rule = kindOf(toolName) === 'tool' ? sessionRule({ toolName, input }) : null;
    if (rule === null || !(await this.options.sessionRules()).includes(rule)) return null;
    return { behavior: 'allow', updatedInput: input };
  }

  private async wait(approval: ApprovalRecord, signal: AbortSignal): Promise<Resolution> {
    const { store, waits } = this.options;
    const waiting = waitingFor(approval, {
      find: async () => (await store.get(approval.id))?.resolution ?? null,
      decide: async (why) => {
        const resolution = why === 'timeout' ? timedOut(approval.kind, approval.default) : withdrawn();
        if ((await store.resolve(approval, resolution, false)) === 'done') this.options.count(resolution);
      },
      signal,
    });
    this.open.set(approval.id, waiting);
    if (this.open.size === 1) waits(true);
    this.clock.start();
    try {
      return await waiting.resolved;
    } finally {
      this.open.delete(approval.id);
      if (this.open.size === 0) this.clock.stop();
      if (this.open.size === 0) waits(false);
    }
  }
}
