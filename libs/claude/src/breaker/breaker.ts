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

/** Who comes while a probe is under way hears of the next one so much later. */
const PROBE_MS = 1000;

const STATES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

/** One use of what a breaker guards. Tell it once how it went; what is told later does not count. */
export interface Passage {
  /** Whether it is the one that finds out whether the breaker may close. */
  readonly isProbe: boolean;
  succeeded(): void;
  failed(cause: ErrorCode): void;
  /** Nobody waited for the outcome. A probe that nobody waits for has shown nothing, and counts as failed. */
  left(): void;
}

/** Keeps others from what fails for most, and finds out by single probes when it works again. */
export class Breaker {
  private readonly window: OutcomeWindow;
  private readonly policy: CircuitBreakerPolicy;
  private openMs: number;
  private sinceMs = Date.now();
  private cause: ErrorCode | null = null;
  /** When it last worked for somebody (epoch ms); null: not yet. */
  servedAtMs: number | null = null;

  constructor(
    readonly scope: BreakerScope,
    readonly target: string,
    terms: BreakerTerms,
    changed: (breaker: Breaker) => void,
  ) {
    this.window = new OutcomeWindow(terms);
    this.openMs = terms.openMs;
    const { openMs: initialDelay, maxOpenMs: maxDelay } = terms;
    const backoff = new ExponentialBackoff({ initialDelay, maxDelay, exponent: 2, generator: noJitterGenerator });
    this.policy = circuitBreaker(handleAll, {
      halfOpenAfter: { next: () => this.noted(backoff.next()) },
      breaker: this.window,
    });
    this.policy.onReset(() => this.window.clear());
    this.policy.onStateChange(() => {
      this.sinceMs = Date.now();
      changed(this);
    });
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

  /** Why nobody may pass now; null when somebody may, if only as a probe. */
  get refusal(): ClaudeError | null {
    const now = Date.now();
    if (this.state === 'closed' || (this.retryAtMs ?? Infinity) <= now) return null;
    return this.refusedUntil(this.retryAtMs ?? now + PROBE_MS);
  }

  /**
   * Begins one use.
   *
   * @param who uses it; one user's failures alone do not open it for others
   * @returns why it may not begin, where it may not
   */
  enter(who: string): Passage | ClaudeError {
    const { refusal } = this;
    if (refusal) return refusal;
    const told: { done: () => void; fail: (error: Error) => void }[] = [];
    const outcome = () => new Promise<void>((done, fail) => void told.push({ done, fail }));
    this.policy.execute(outcome).catch(() => undefined);
    const [ends] = told;
    if (!ends) return this.refusedUntil(this.retryAtMs ?? Date.now() + PROBE_MS);
    const { done, fail } = ends;
    const isProbe = this.state === 'half_open';
    let over = false;
    const once = (tell: () => void) => {
      if (!over) tell();
      over = true;
    };
    const failed = (cause: ErrorCode) => {
      this.window.note(who, false);
      this.cause = cause;
      fail(new ClaudeError(cause));
    };
    return {
      isProbe,
      succeeded: () =>
        once(() => {
          this.window.note(who, true);
          this.servedAtMs = Date.now();
          done();
        }),
      failed: (cause) => once(() => failed(cause)),
      left: () => once(() => (isProbe ? failed(this.cause ?? 'model.unreachable') : done())),
    };
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
