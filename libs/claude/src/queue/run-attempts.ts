import { Injectable, Logger } from '@nestjs/common';
import { steeringText } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelFacts } from '../model/index.js';
import { ClaudeSessionService, type SessionHold, type SessionRecord } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { Attempt } from './attempt.js';
import { RunBudgets } from './run-budgets.js';
import { RunClock } from './run-clock.js';
import { RunInputs } from './run-inputs.js';
import { type RunOutcome } from './run-outcome.js';
import { RunPeople } from './run-people.js';
import { RunPolicy } from './run-policy.js';
import { RunProgress } from './run-progress.js';
import { FIRST, RunResumer } from './run-resumer.js';
import { RunSurroundings } from './run-surroundings.js';
import { type Claim, RunStore } from './run.store.js';
import { type RunProgressView, type RunRecord } from './run.types.js';

export type TellProgress = (progress: RunProgressView) => void;

/** What one attempt works with. */
export interface Work {
  readonly hold: SessionHold;
  readonly writer: LogWriter;
  readonly clock: RunClock;
  readonly stop: AbortSignal;
  readonly tell: TellProgress | undefined;
}

/** Makes and carries the attempts at runs: the first one, and those that go on with what an earlier one left. */
@Injectable()
export class RunAttempts {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly surroundings: RunSurroundings,
    private readonly wrapper: ClaudeWrapperService,
    private readonly policy: RunPolicy,
    private readonly budgets: RunBudgets,
    private readonly facts: ModelFacts,
    private readonly resumer: RunResumer,
    private readonly people: RunPeople,
    private readonly inputs: RunInputs,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** Never throws for what became of the run: that is the outcome. */
  async carry(
    claim: Claim,
    session: () => Promise<SessionRecord | null>,
    { hold, writer, clock, stop, tell }: Work,
  ): Promise<RunOutcome> {
    const { run, attempt: number } = claim;
    const startedAt = performance.now();
    const begun = number > 1 ? await this.resumer.begin(claim, await session(), writer) : FIRST;
    if ('outcome' in begun) return begun.outcome;
    this.tellSteering(run);
    const progress = new RunProgress(run.progress, (view) => {
      tell?.(view);
      void this.runs.tellProgress(run.id, claim.epoch, view).catch(() => undefined);
    });
    const attempt = new Attempt(this.sessions, this.policy, {
      ...this.surroundings.of(run),
      run,
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      session,
      hold,
      attempt: number,
      writer,
      stop,
      line: begun.line,
      repeats: begun.repeats,
      planAccepted: begun.planAccepted,
      inputs: this.inputs.of(claim, writer, begun.missing),
      people: (end) => this.people.begin({ run, writer, clock, granted: begun.granted }, end),
      progress,
      interruptGraceMs: this.config.options.interruptGraceMs,
      cliVersion: await this.wrapper.cli().then(
        (cli) => cli.version,
        () => null,
      ),
      onFirstDelta: () => this.metrics.observe('firstDelta', (performance.now() - startedAt) / 1000),
    });
    try {
      return await attempt.carry();
    } finally {
      progress.close();
    }
  }

  /** Nothing of the text itself: what somebody asked is nobody's in a log. */
  private tellSteering(run: RunRecord): void {
    const has = steeringText(run.request.prompt ?? '');
    if (has.length > 0) this.logger.log({ runId: run.id, has }, 'a prompt looks like more than text; it stays text');
  }
}
