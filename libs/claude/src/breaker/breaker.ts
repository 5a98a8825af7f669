import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ExponentialBackoff,
  handleAll,
  type IBackoff,
  noJitterGenerator,
} from 'cockatiel';
import { ClaudeError, type ErrorCode } from '../error/index.js';
import { type BreakerScope, type BreakerState, type BreakerTerms, type BreakerView } from './breaker.types.js';
import { OutcomeWindow } from './outcome-window.js';
import { Strangers } from './strangers.js';

/** Who comes while a probe is under way hears of the next one so much later. */
const PROBE_MS = 1000;

const STATES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

/** Whether a use may begin now, or also what is out of order where it is time to find out. */
export type BreakerQuestion = 'refusalOf' | 'outageFor';

/** One use of what a breaker guards. Tell it once how it went; what is told later does not count. */
export interface Passage {
  /** Whether it finds out whether the breaker may close. */
  readonly isProbe: boolean;
  succeeded(): void;
  failed(cause: ErrorCode): void;
  /** Nobody waited for the outcome. A probe that nobody waits for has shown nothing, and counts as failed. */
  left(): void;
}

/**
 * Keeps others from what fails for most, and finds out when it works again: by single probes, and by whoever has not met
 * the failure yet.
 */
export class Breaker {
  private readonly window: OutcomeWindow;
  private readonly strangers: Strangers;
  private policy: CircuitBreakerPolicy;
  private openMs: number;
  private sinceMs = Date.now();
  private wasClosed = true;
  private cause: ErrorCode | null = null;
  /** When it last worked for somebody (epoch ms); null: not yet. */
  servedAtMs: number | null = null;

  constructor(
    readonly scope: BreakerScope,
    readonly target: string,
    private readonly terms: BreakerTerms,
    private readonly changed: (breaker: Breaker) => void,
  ) {
    this.window = new OutcomeWindow(terms);
    this.openMs = terms.openMs;
    this.strangers = new Strangers(terms.maxOpenMs);
    this.policy = this.closedPolicy();
  }

  get state(): BreakerState {
    return STATES[this.policy.state];
  }

  /** When it lets the next probe through (epoch ms); null unless it is open. */
  get retryAtMs(): number | null {
    return this.state === 'open' ? this.sinceMs + this.openMs : null;
  }

  /** Whether it knows nothing that would be missed. */
  get isIdle(): boolean {
    return this.state === 'closed' && this.window.isEmpty;
  }

  get view(): BreakerView {
    const { scope, target, state, cause, retryAtMs } = this;
    const retryAt = retryAtMs === null ? null : new Date(retryAtMs).toISOString();
    return { scope, target, state, since: new Date(this.sinceMs).toISOString(), retryAt, cause };
  }

  /** Why this user may not pass now; null when they may, if only to find out whether it works. */
  refusalOf(who: string): ClaudeError | null {
    return (this.retryAtMs ?? Infinity) <= Date.now() ? null : this.outageFor(who);
  }

  /** The same also at the moment of a probe: what is out of order for this user; null when nothing is known to be. */
  outageFor(who: string): ClaudeError | null {
    if (this.state === 'closed' || this.strangers.mayTry(who)) return null;
    return this.refusedUntil(this.retryAtMs ?? Date.now() + PROBE_MS);
  }

  /**
   * Begins one use.
   *
   * @param who uses it; one user's failures alone do not keep others out
   * @returns why it may not begin, where it may not
   */
  enter(who: string): Passage | ClaudeError {
    const refusal = this.refusalOf(who);
    if (refusal) return refusal;
    if (this.state !== 'closed' && this.strangers.mayTry(who)) return this.trial(who);
    const told: { done: () => void; fail: (error: Error) => void }[] = [];
    const outcome = () => new Promise<void>((done, fail) => void told.push({ done, fail }));
    this.policy.execute(outcome).catch(() => undefined);
    const [ends] = told;
    if (!ends) return this.refusedUntil(this.retryAtMs ?? Date.now() + PROBE_MS);
    const { done, fail } = ends;
    const isProbe = this.state === 'half_open';
    const failed = (cause: ErrorCode) => {
      this.noteFailure(who, cause);
      fail(new ClaudeError(cause));
    };
    return toldOnce({
      isProbe,
      succeeded: () => {
        this.window.note(who, true);
        this.servedAtMs = Date.now();
        done();
      },
      failed,
      left: () => (isProbe ? failed(this.cause ?? 'model.unreachable') : done()),
    });
  }

  /** A use by somebody for whom it has not failed, while it is shut. What works for them is not out of order. */
  private trial(who: string): Passage {
    return toldOnce({
      isProbe: true,
      succeeded: () => {
        this.servedAtMs = Date.now();
        if (this.state !== 'closed') this.reset();
        this.window.note(who, true);
      },
      failed: (cause) => this.noteFailure(who, cause),
      left: () => undefined,
    });
  }

  private noteFailure(who: string, cause: ErrorCode): void {
    this.window.note(who, false);
    if (this.state !== 'closed') this.strangers.failed(who);
    this.cause = cause;
  }

  private reset(): void {
    this.policy = this.closedPolicy();
    this.openMs = this.terms.openMs;
    this.moved(this.policy);
  }

  /** What a policy that was replaced still tells, of a probe that was under way, is nobody's business. */
  private closedPolicy(): CircuitBreakerPolicy {
    const { openMs: initialDelay, maxOpenMs: maxDelay } = this.terms;
    const backoff = new ExponentialBackoff({ initialDelay, maxDelay, exponent: 2, generator: noJitterGenerator });
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: { next: () => this.noted(backoff.next()) },
      breaker: this.window,
    });
    policy.onStateChange(() => {
      if (policy === this.policy) this.moved(policy);
    });
    return policy;
  }

  private moved({ state }: CircuitBreakerPolicy): void {
    this.sinceMs = Date.now();
    // A probe that fails says nothing new of those who failed before it.
    if (this.wasClosed) for (const who of this.window.failing()) this.strangers.failed(who);
    this.wasClosed = state === CircuitState.Closed;
    if (this.wasClosed) {
      this.window.clear();
      this.strangers.clear();
    }
    this.changed(this);
  }

  private refusedUntil(ms: number): ClaudeError {
    const { scope, cause, target } = this;
    const model = scope === 'model' ? { model: target } : {};
    return new ClaudeError('breaker.open', { scope, ...model, cause, retryAt: new Date(ms).toISOString() });
  }

  private noted(backoff: IBackoff<unknown>): IBackoff<unknown> {
    this.openMs = backoff.duration;
    return { duration: backoff.duration, next: (context) => this.noted(backoff.next(context)) };
  }
}

/** What is told later does not count. */
function toldOnce(passage: Passage): Passage {
  let over = false;
  const once = (tell: () => void) => {
    if (!over) tell();
    over = true;
  };
  return {
    isProbe: passage.isProbe,
    succeeded: () => once(() => passage.succeeded()),
    failed: (cause) => once(() => passage.failed(cause)),
    left: () => once(() => passage.left()),
  };
}
