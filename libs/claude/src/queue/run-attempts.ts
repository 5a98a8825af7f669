import { Injectable, Logger } from '@nestjs/common';
import { steeringText } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type ClaudeError } from '../error/index.js';
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
import { FIRST, RunResumer } from './run-resumer.js';
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

  /** Never throws for what became of the run: that is the outcome. */
  async carry(claim: Claim, session: () => Promise<SessionRecord | null>, work: Work): Promise<RunOutcome> {
    const { hold, writer, clock, stop, tell } = work;
    const { run, attempt: number } = claim;
    const startedAt = performance.now();
    const shut = this.outages.refusal(run, hold.process !== null);
    if (shut) return outcomeOfError(shut, null);
    const begun = number > 1 ? await this.resumer.begin(claim, await session(), writer) : FIRST;
    if ('outcome' in begun) return begun.outcome;
    if (number === 1) this.retryBudget.noteRun();
    this.tellSteering(run);
    const { quietMs, wedgedMs, interruptGraceMs } = this.config.options;
    const worker = this.scheduler.workerId;
    const watch = new AttemptWatch({
      writer,
      before: run.progress,
      quietMs,
      wedgedMs,
      tell: (progress, activity) => {
        tell?.(progress);
        void this.runs.tellProgress(run.id, claim.epoch, { progress, activity, worker }).catch(() => undefined);
      },
    });
    if (run.degraded?.step === 'api')
      return this.byApi.carry(claim, await session(), work, watch).finally(() => watch.close());
    const attempt = new Attempt(this.sessions, this.policy, {
      ...this.surroundings.of(run),
      run,
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      breakers: this.outages.changes(run),
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
      watch,
      interruptGraceMs,
      cliVersion: await this.wrapper.cli().then(
        (cli) => cli.version,
        () => null,
      ),
      onWedged: (error) => this.tellWedged(run, error),
      onFirstDelta: () => this.metrics.observe('firstDelta', (performance.now() - startedAt) / 1000),
    });
    try {
      return await attempt.carry();
    } finally {
      watch.close();
    }
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
