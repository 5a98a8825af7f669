import { ClaudeError } from '../error/index.js';
import { type ModelRequestFigures, type Usage } from '../stream/index.js';
import { Booking } from './booking.js';
import { endOf, periodOf } from './ledger-keys.js';
import { type RunTotals } from './ledger-totals.js';
import { type Limit } from './spending-limits.js';
import { usdOf } from './money.js';
import { type Account, type Balance, type BudgetScope, type ModelLedgerStore } from './model-ledger.store.js';
import { type ServingOrder } from './serving.types.js';
import { addTokens, NO_TOKENS } from './token-figures.js';

/** What one request has used so far. */
export interface RequestFigures {
  readonly model: string;
  readonly tokens: Usage;
  readonly costUnits: number;
  readonly estimatedTokens: number;
  readonly estimatedUnits: number;
}

export const NO_FIGURES: RequestFigures = {
  model: '',
  tokens: NO_TOKENS,
  costUnits: 0,
  estimatedTokens: 0,
  estimatedUnits: 0,
};

/** Something under way that has to end when the run may not go on. */
export interface Interruptible {
  /** @param error why; null: the run is over */
  interrupt(error: ClaudeError | null): void;
  readonly finished: Promise<void>;
  /** Whether it could go on, were the CLI to take what is there. */
  readonly waitsForCli: boolean;
}

/** Milliseconds between two bookings of an answer that only grows by estimate. */
const BOOK_EVERY_MS = 500;

/** One run that an agent process serves: what it has used, what it may still use, and what is under way for it. */
export class Serving {
  private readonly account: Account;
  private readonly running = new Map<string, RequestFigures>();
  private readonly underWay = new Set<Interruptible>();
  private readonly failures = new Map<string, number>();
  /** Of earlier attempts, and of requests that have ended. */
  private base: Sum = { usage: NO_TOKENS, costUnits: 0, estimatedOutputTokens: 0 };
  private unitsLeft = Infinity;
  private tokensLeft = Infinity;
  private refusal: ClaudeError | null = null;
  private silent = 0;
  private over = false;
  private begun = false;
  private readonly atEnd: (() => Promise<void>)[] = [];

  constructor(
    readonly order: ServingOrder,
    private readonly ledger: ModelLedgerStore,
    private readonly onExceeded: (scope: BudgetScope) => void,
  ) {
    const { runId, sessionId, payer, acceptedAt, limits } = order;
    this.account = { runId, sessionId, payer, limits, accepted: periodOf(new Date(acceptedAt)) };
  }

  private get isLimited(): boolean {
    const { run, day, month } = this.order.limits;
    return [run, day, month].some(({ units, tokens }) => units >= 0 || tokens >= 0);
  }

  /** What earlier attempts have used. */
  async load(): Promise<void> {
    this.base = await this.ledger.run(this.account.runId);
  }

  /** Why nothing is forwarded any more. */
  get exhausted(): ClaudeError | null {
    return this.refusal;
  }

  /** Whether a request was made already. */
  get isBegun(): boolean {
    return this.begun;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Whether the model is waited for now. */
  get isWaiting(): boolean {
    return [...this.underWay].some((work) => !work.waitsForCli);
  }

  /** Failed requests of a model directly before now. */
  retries(model: string): number {
    return this.failures.get(model) ?? 0;
  }

  /** An answer did not begin in time. @returns how many of them have not, since one did */
  noteSilence(): number {
    return (this.silent += 1);
  }

  noteAnswer(): void {
    this.silent = 0;
  }

  noteOutcome(model: string, failed: boolean): void {
    this.failures.set(model, failed ? this.retries(model) + 1 : 0);
  }

  /** Writes that a request begins, before it is sent. @returns its booking; `exhausted` tells whether it may go */
  async begin(requestId: string, model: string): Promise<Booking> {
    this.begun = true;
    const period = periodOf(new Date());
    const booking = new Booking(this.ledger, this.account, { requestId, period }, (balance) => this.settle(balance));
    const opened = booking.open({ ...NO_FIGURES, model, state: 'open', facts: '' });
    // Where nothing is limited there is nothing to wait for: the entry goes out before the request does.
    if (this.isLimited || !this.ledger.isReady) await opened;
    else opened.catch(() => undefined);
    return booking;
  }

  enter(work: Interruptible): void {
    this.underWay.add(work);
    void work.finished.then(() => this.underWay.delete(work));
  }

  /**
   * A request has grown.
   *
   * @param declared whether the provider said so; else it is an estimate, booked now and then
   */
  grow(requestId: string, booking: Booking, figures: RequestFigures, declared: boolean): void {
    const before = this.running.get(requestId) ?? NO_FIGURES;
    this.running.set(requestId, figures);
    this.spend(before, figures);
    // The ledger says so, too, and later: by then the CLI may have the whole answer, and told it.
    if (declared && this.isOwnUsedUp) this.exceed('run');
    const isLate = performance.now() - booking.bookedAt >= BOOK_EVERY_MS;
    if (!declared && !isLate && this.unitsLeft > 0 && this.tokensLeft > 0) return;
    booking.book({ ...figures, state: 'open', facts: '' });
    this.tell();
  }

  /** A request has ended; its figures stay. */
  close(requestId: string, booking: Booking, figures: RequestFigures, ended: ModelRequestFigures): void {
    this.running.delete(requestId);
    this.base = plus(this.base, figures);
    const state = ended.outcome === 'answered' ? 'done' : 'failed';
    booking.book({ ...figures, model: figures.model, state, facts: JSON.stringify(ended) });
    this.tell(ended);
  }

  /** The run is over: what is under way is broken off, what is used is in the ledger when this resolves. */
  async end(): Promise<void> {
    this.over = true;
    const works = [...this.underWay];
    for (const work of works) work.interrupt(null);
    await Promise.all(works.map((work) => work.finished));
    for (const then of this.atEnd.splice(0)) await then();
  }

  onEnd(then: () => Promise<void>): void {
    this.atEnd.push(then);
  }

  /** Between two looks at the shared budget, what is left is counted here. */
  private spend(before: RequestFigures, after: RequestFigures): void {
    this.unitsLeft -= after.costUnits + after.estimatedUnits - before.costUnits - before.estimatedUnits;
    this.tokensLeft -= totalOf(after) - totalOf(before);
  }

  private settle({ exceeded, unitsLeft, tokensLeft }: Balance): void {
    this.unitsLeft = unitsLeft ?? Infinity;
    this.tokensLeft = tokensLeft ?? Infinity;
    if (exceeded !== null) this.exceed(exceeded);
  }

  private exceed(scope: BudgetScope): void {
    if (this.refusal || this.over) return;
    this.refusal = this.errorOf(scope);
    this.onExceeded(scope);
    for (const work of this.underWay) work.interrupt(this.refusal);
    this.order.observer.exhausted(this.refusal);
  }

  /**
   * What the run may use by itself, as far as the provider said what it used: an estimate may be corrected in the same
   * moment. Of what others use as well, only the ledger knows.
   */
  private get isOwnUsedUp(): boolean {
    const { units, tokens } = this.order.limits.run;
    if (units < 0 && tokens < 0) return false;
    const { costUnits, usage } = [...this.running.values()].reduce(plus, this.base);
    return (
      (units >= 0 && costUnits >= units) || (tokens >= 0 && totalOf({ tokens: usage, estimatedTokens: 0 }) >= tokens)
    );
  }

  private errorOf(scope: BudgetScope): ClaudeError {
    const { units, tokens }: Limit = this.order.limits[scope];
    return new ClaudeError('budget.exceeded', {
      scope,
      ...(units >= 0 ? { maxCostUsd: usdOf(units) } : {}),
      ...(tokens >= 0 ? { maxTokens: tokens } : {}),
      ...(scope === 'run' ? {} : { resetsAt: endOf(scope, new Date()) }),
    });
  }

  private tell(request?: ModelRequestFigures): void {
    const { usage, costUnits, estimatedOutputTokens } = [...this.running.values()].reduce(plus, this.base);
    const costUsd = usdOf(costUnits);
    this.order.observer.used({ usage, costUsd, estimatedOutputTokens, ...(request ? { request } : {}) });
  }
}

type Sum = Pick<RunTotals, 'usage' | 'costUnits' | 'estimatedOutputTokens'>;

const plus = ({ usage, costUnits, estimatedOutputTokens }: Sum, part: RequestFigures): Sum => ({
  usage: addTokens(usage, part.tokens),
  costUnits: costUnits + part.costUnits,
  estimatedOutputTokens: estimatedOutputTokens + part.estimatedTokens,
});

const totalOf = ({ tokens, estimatedTokens }: Pick<RequestFigures, 'tokens' | 'estimatedTokens'>): number =>
  tokens.inputTokens +
  tokens.outputTokens +
  tokens.cacheReadInputTokens +
  tokens.cacheCreationInputTokens +
  estimatedTokens;
