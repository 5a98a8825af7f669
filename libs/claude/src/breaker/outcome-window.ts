import { type IBreaker } from 'cockatiel';
import { type BreakerTerms } from './breaker.types.js';

/** Uses that are remembered at most; a busy breaker then looks back less far. */
const MAX_OUTCOMES = 2000;

interface Outcome {
  readonly at: number;
  readonly who: string;
  readonly ok: boolean;
}

/**
 * What became of the uses of the last time. It is broken when enough of them failed, to most of those who used it: what
 * fails for one user alone, whose requests are at fault or who repeats without end, is no reason to stop the others.
 */
export class OutcomeWindow implements IBreaker {
  state: unknown = null;
  private outcomes: Outcome[] = [];

  constructor(
    private readonly terms: Pick<BreakerTerms, 'windowMs' | 'failures' | 'ratio'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  note(who: string, ok: boolean): void {
    this.outcomes.push({ at: this.now(), who, ok });
    if (this.outcomes.length > MAX_OUTCOMES) this.outcomes = this.outcomes.slice(-MAX_OUTCOMES / 2);
  }

  clear(): void {
    this.outcomes = [];
  }

  get isEmpty(): boolean {
    this.forget();
    return this.outcomes.length === 0;
  }

  /** Nothing to do: `note` came first. */
  success(): void {}

  /** @returns whether it is broken */
  failure(): boolean {
    const users = this.users();
    const hit = this.failing(users).length;
    const failed = [...users.values()].reduce((sum, user) => sum + user.failed, 0);
    // Half of two users is one user alone.
    const isOneAlone = hit === 1 && users.size > 1;
    return failed >= this.terms.failures && hit / users.size >= this.terms.ratio && !isOneAlone;
  }

  /** Those for whom it fails. */
  failing(users = this.users()): string[] {
    const hit = [...users].filter(([, { uses, failed }]) => failed / uses >= this.terms.ratio);
    return hit.map(([who]) => who);
  }

  private users(): Map<string, { readonly uses: number; readonly failed: number }> {
    this.forget();
    const users = new Map<string, { uses: number; failed: number }>();
    for (const { who, ok } of this.outcomes) {
      const user = users.get(who) ?? { uses: 0, failed: 0 };
      users.set(who, { uses: user.uses + 1, failed: user.failed + (ok ? 0 : 1) });
    }
    return users;
  }

  private forget(): void {
    const oldest = this.now() - this.terms.windowMs;
    const first = this.outcomes.findIndex(({ at }) => at >= oldest);
    if (first !== 0) this.outcomes = first === -1 ? [] : this.outcomes.slice(first);
  }
}
