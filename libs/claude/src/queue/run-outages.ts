import { Injectable } from '@nestjs/common';
import { filter, type Observable } from 'rxjs';
import { type BreakerQuestion, type BreakerScope, type BreakerView, ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type ClaudeError, type ErrorView } from '../error/index.js';
import { ModelBreakers } from '../model/index.js';
import { ownerName } from '../session/index.js';
import { DegradeLadder } from './degrade-ladder.js';
import { outageOf } from './outage-desk.js';
import { type Return } from './return-policy.js';
import { RunPolicy } from './run-policy.js';
import { type RunRecord } from './run.types.js';

/** Failures that are nobody's fault in a run, and that waiting or another way may get around. */
const OUTAGES: ReadonlySet<string> = new Set([
  'breaker.open',
  'model.overloaded',
  'model.failed',
  'model.unreachable',
  'model.stalled',
  'auth.failed',
  'model.billing',
  'cli.spawn_failed',
  'cli.failed_to_start',
  'cli.start_timed_out',
  'cli.not_found',
  'cli.unusable',
  'cli.crashed',
  'cli.protocol',
  'cli.no_answer',
]);
/** A breaker wakes its runs itself; should its worker be gone, they look after so many of its longest times. */
const LOOK_TIMES = 5;

/** What stands behind an attempt that failed. */
export interface Failure {
  readonly error: ErrorView;
  /** What retries and limits make of it; null: it is the end. */
  readonly how: Return | null;
  /** Whether there was a retry left, but none in the budget of all. */
  readonly budgetSpent: boolean;
}

/** What runs do while something is out of order: wait, fail, or go on a step down the ladder. */
@Injectable()
export class RunOutages {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly policy: RunPolicy,
    private readonly breakers: ClaudeBreakerService,
    private readonly models: ModelBreakers,
    private readonly ladder: DegradeLadder,
  ) {}

  /**
   * Why an attempt at a run need not begin; null: it may.
   *
   * @param hasProcess whether its agent process is there already
   */
  refusal(run: RunRecord, hasProcess: boolean, question: BreakerQuestion = 'refusalOf'): ClaudeError | null {
    const who = ownerName(run.owner);
    const model = this.config.usesGateway ? this.models.refusal(this.modelOf(run), who, question) : null;
    const spawns = !hasProcess && run.degraded?.step !== 'api';
    return (spawns ? this.breakers.of('spawn')[question](who) : null) ?? model;
  }

  /** What the provider tells in words only, and the CLI has understood. */
  note({ owner }: RunRecord, { code, details }: ErrorView): void {
    if (code === 'model.billing' && details['status'] !== 402) this.models.noteBilling(ownerName(owner));
  }

  /** Changes of the breakers that a run meets at the model. */
  changes(run: RunRecord): Observable<BreakerView> {
    const asked = this.modelOf(run);
    return this.breakers.changes.pipe(
      filter(
        ({ scope, target }) => scope === 'credential' || (scope === 'model' && target === this.models.nameOf(asked)),
      ),
    );
  }

  /** What becomes of a run whose attempt failed. */
  after(run: RunRecord, { error, how, budgetSpent }: Failure): Return | null {
    const isRetry = how === null || how.kind === 'retry';
    if (!isRetry || !OUTAGES.has(error.code)) return how;
    const shut = error.code === 'breaker.open' ? error : (this.refusal(run, false, 'outageFor')?.toView() ?? null);
    if (how && !shut) return how;
    // What works for others since it waited, and fails for it, is not out of order: it is its own failure.
    if (error.code !== 'breaker.open' && this.wereOthersServed(run)) return how;
    const mode = this.policy.onOutage(run.request);
    const down = mode === 'degrade' ? this.ladder.below(run, error) : null;
    if (down && down.step !== 'wait') return { kind: 'degrade', ...down };
    const waits = mode === 'degrade' || (mode === 'wait' && (shut !== null || budgetSpent));
    if (!waits || this.hasWaited(run)) return null;
    return { kind: 'outage', error: shut ?? error, untilMs: this.until(shut), outage: shut && keyOf(shut), down };
  }

  /** Whether what a run waits for would let it through now. */
  isOver(run: RunRecord): boolean {
    return this.refusal({ ...run, degraded: null }, false) === null;
  }

  private wereOthersServed(run: RunRecord): boolean {
    const { outageSince } = run;
    return outageSince !== null && (this.models.servedAtMs(this.modelOf(run)) ?? 0) > outageSince;
  }

  private modelOf({ request, degraded }: RunRecord): string | null {
    if (degraded?.step === 'api') return this.ladder.apiModel(request);
    return (degraded?.step === 'fallback_model' ? request.fallbackModel : request.model) ?? null;
  }

  private hasWaited({ outageSince }: RunRecord): boolean {
    return outageSince !== null && Date.now() - outageSince >= this.config.options.outageMaxWaitMs;
  }

  private until(shut: ErrorView | null): number {
    const { breakerMaxOpenMs } = this.config.options;
    const spread = 0.5 + Math.random() / 2;
    if (!shut) return Date.now() + Math.ceil(breakerMaxOpenMs * spread);
    const retryAt = Date.parse(String(shut.details['retryAt']));
    return retryAt + Math.ceil(LOOK_TIMES * breakerMaxOpenMs * spread);
  }
}

const keyOf = ({ details }: ErrorView): string =>
  outageOf({ scope: details['scope'] as BreakerScope, target: (details['model'] as string | undefined) ?? '' });
