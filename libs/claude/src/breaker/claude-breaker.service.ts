import { Injectable, Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { Breaker } from './breaker.js';
import { BREAKER_SCOPES, type BreakerScope, type BreakerTerms, type BreakerView } from './breaker.types.js';

/** Names of models come from callers: those of which nothing is known are forgotten beyond so many. */
const MAX_BREAKERS = 200;
/** Redis is asked once a second, by one user. */
const REDIS_TERMS: Partial<BreakerTerms> = { windowMs: 10_000, failures: 3, openMs: 1000, maxOpenMs: 5000 };

export interface Standing {
  readonly isClosed: boolean;
  readonly servedAtMs: number | null;
}

/** The breakers of this process: each server sees for itself what works from where it is. */
@Injectable()
export class ClaudeBreakerService {
  private readonly logger = new Logger('Breaker');
  private readonly breakers = new Map<string, Breaker>();
  private readonly changed = new Subject<BreakerView>();
  /** Each change of a state, as it is after it. */
  readonly changes = this.changed.asObservable();

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  of(scope: BreakerScope, target = ''): Breaker {
    const key = `${scope}:${target}`;
    const known = this.breakers.get(key);
    if (known) return known;
    if (this.breakers.size >= MAX_BREAKERS) this.forget();
    const breaker = new Breaker(scope, target, this.terms(scope), (one) => this.tell(one));
    this.breakers.set(key, breaker);
    return breaker;
  }

  /** Those that are not closed, and how the others stand where something failed of late. */
  get views(): BreakerView[] {
    return [...this.breakers.values()].filter((breaker) => !breaker.isIdle).map(({ view }) => view);
  }

  /**
   * How those stand that are meant.
   *
   * @returns whether each of them is closed, and when one of them last worked for somebody (epoch ms; null: not yet)
   */
  standing(meant: (breaker: Pick<BreakerView, 'scope' | 'target'>) => boolean): Standing {
    const found = [...this.breakers.values()].filter(meant);
    const served = found.flatMap(({ servedAtMs }) => servedAtMs ?? []);
    return {
      isClosed: found.every(({ state }) => state === 'closed'),
      servedAtMs: served.length > 0 ? Math.max(...served) : null,
    };
  }

  private terms(scope: BreakerScope): BreakerTerms {
    const { breakerWindowMs, breakerFailures, breakerPercent, breakerOpenMs, breakerMaxOpenMs } = this.config.options;
    return {
      windowMs: breakerWindowMs,
      failures: breakerFailures,
      ratio: breakerPercent / 100,
      openMs: breakerOpenMs,
      maxOpenMs: Math.max(breakerOpenMs, breakerMaxOpenMs),
      ...(scope === 'redis' ? REDIS_TERMS : {}),
    };
  }

  private tell(breaker: Breaker): void {
    const { view } = breaker;
    this.metrics.count('breakerChanges', { scope: view.scope, state: view.state });
    for (const scope of BREAKER_SCOPES) {
      const open = [...this.breakers.values()].filter((one) => one.scope === scope && one.state !== 'closed');
      this.metrics.set('breakersOpen', open.length, { scope });
    }
    if (view.state === 'open') this.logger.warn(view, 'a breaker opened');
    else this.logger.log(view, `a breaker is ${view.state === 'closed' ? 'closed again' : 'half open'}`);
    this.changed.next(view);
  }

  private forget(): void {
    for (const [key, breaker] of this.breakers) if (breaker.isIdle) this.breakers.delete(key);
  }
}
