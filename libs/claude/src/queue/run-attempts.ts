import { Injectable, Logger } from '@nestjs/common';
import { steeringText } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type ClaudeError, claudeErrorOf } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ModelFacts } from '../model/index.js';
import { ClaudeSessionService, type SessionRecord } from '../session/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { ApiAttempts } from './api-attempts.js';
import { Attempt } from './attempt.js';
import { AttemptWatch } from './attempt-watch.js';
import { type Work } from './run-attempts.types.js';
import { RetryBudgetStore } from './retry-budget.store.js';
import { RunBudgets } from './run-budgets.js';
import { RunInputs } from './run-inputs.js';
import { outcomeOfError, type RunOutcome } from './run-outcome.js';
import { RunOutages } from './run-outages.js';
import { RunPeople } from './run-people.js';
import { RunPolicy } from './run-policy.js';
import { type Beginning, FIRST, RunResumer } from './run-resumer.js';
import { RunScheduler } from './run-scheduler.js';
import { RunSurroundings } from './run-surroundings.js';
import { type Claim, RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';

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
    private readonly scheduler: RunScheduler,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
    private readonly retryBudget: RetryBudgetStore,
    private readonly outages: RunOutages,
    private readonly byApi: ApiAttempts,
  ) {}

  /** Never throws: what goes wrong on the way to an attempt is an outcome, too. */
  async carry(claim: Claim, session: () => Promise<SessionRecord | null>, work: Work): Promise<RunOutcome> {
    const shut = this.outages.refusal(claim.run, work.hold.process !== null);
    if (shut) return outcomeOfError(shut, null);
    try {
      const begun = claim.attempt > 1 ? await this.resumer.begin(claim, await session(), work.writer) : FIRST;
      if ('outcome' in begun) return begun.outcome;
      return await this.begin(claim, session, work, begun);
    } catch (thrown) {
      return outcomeOfError(claudeErrorOf(thrown), null);
    }
  }

  private async begin(
    claim: Claim,
    session: () => Promise<SessionRecord | null>,
    work: Work,
    begun: Beginning,
  ): Promise<RunOutcome> {
    const startedAt = performance.now();
    // The prompt goes first.
    setImmediate(() => {
      if (claim.attempt === 1) this.retryBudget.noteRun();
      this.tellSteering(claim.run);
    });
    const watch = this.watch(claim, work);
    // Whatever follows may fail: nothing of the watch, which has a timer, stays behind it.
    try {
      if (claim.run.degraded?.step === 'api') return await this.byApi.carry(claim, await session(), work, watch);
      const cliVersion = await this.cliVersion();
      const options = this.optionsOf(claim, work, begun);
      const onFirstDelta = () => this.metrics.observe('firstDelta', (performance.now() - startedAt) / 1000);
      const attempt = new Attempt(this.sessions, this.policy, { ...options, session, watch, cliVersion, onFirstDelta });
      return await attempt.carry();
    } finally {
      watch.close();
    }
  }

  private watch({ run, epoch }: Claim, { writer, tell }: Work): AttemptWatch {
    const { quietMs, wedgedMs } = this.config.options;
    const worker = this.scheduler.workerId;
    return new AttemptWatch({
      writer,
      before: run.progress,
      quietMs,
      wedgedMs,
      tell: (progress, activity) => {
        tell?.(progress);
        void this.runs.tellProgress(run.id, epoch, { progress, activity, worker }).catch(() => undefined);
      },
    });
  }

  private optionsOf(claim: Claim, { hold, writer, clock, stop }: Work, begun: Beginning) {
    const { run, attempt } = claim;
    return {
      ...this.surroundings.of(run),
      run,
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      breakers: this.outages.changes(run),
      hold,
      attempt,
      writer,
      stop,
      line: begun.line,
      repeats: begun.repeats,
      planAccepted: begun.planAccepted,
      inputs: this.inputs.of(claim, writer, begun.missing),
      people: (end: (error: ClaudeError) => void) =>
        this.people.begin({ run, writer, clock, granted: begun.granted }, end),
      interruptGraceMs: this.config.options.interruptGraceMs,
      onWedged: (error: ClaudeError) => this.tellWedged(run, error),
    };
  }

  /** Null where there is none that answers; the attempt finds out why. */
  private cliVersion(): Promise<string | null> {
    return this.wrapper.cli().then(
      (cli) => cli.version,
      () => null,
    );
  }

  private tellWedged(run: RunRecord, { details }: ClaudeError): void {
    this.metrics.count('runsWedged');
    this.logger.warn(
      { runId: run.id, sessionId: run.sessionId, ...details },
      'an agent process is wedged; it is ended',
    );
  }

  /** Nothing of the text itself: what somebody asked is nobody's in a log. */
  private tellSteering(run: RunRecord): void {
    const has = steeringText(run.request.prompt ?? '');
    if (has.length > 0) this.logger.log({ runId: run.id, has }, 'a prompt looks like more than text; it stays text');
  }
}
