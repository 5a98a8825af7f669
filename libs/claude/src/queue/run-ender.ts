import { Injectable, Logger } from '@nestjs/common';
import { ClaudeApprovalService } from '../approval/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeModelService, ModelLedgerStore, periodOf } from '../model/index.js';
import { type ClaudeStreamService, type EventData, type LogWriter, type UsageDifference } from '../stream/index.js';
import { AttachmentStore } from './attachment.store.js';
import { bookCliFigures } from './cli-figures.js';
import { RunBudgets } from './run-budgets.js';
import { isOurs, outcomeOfError, patchOf, type RunFigures, type RunOutcome } from './run-outcome.js';
import { wireFigures } from './run-figures.js';
import { RunPolicy } from './run-policy.js';
import { RunScheduler } from './run-scheduler.js';
import { RunStore } from './run.store.js';
import { type CancelCode, type RunRecord } from './run.types.js';

/** The end of a run, once and for all: its terminal event with its record, then the way free for the next of its session. */
@Injectable()
export class RunEnder {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly runs: RunStore,
    private readonly scheduler: RunScheduler,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
    private readonly ledger: ModelLedgerStore,
    private readonly model: ClaudeModelService,
    private readonly budgets: RunBudgets,
    private readonly policy: RunPolicy,
    private readonly approvals: ClaudeApprovalService,
    private readonly attachments: AttachmentStore,
  ) {}

  /** @throws ClaudeError `stream.stale_writer` when the run is another's by now; then it is the other who ends it */
  async end(run: RunRecord, writer: LogWriter, told: RunOutcome): Promise<void> {
    const outcome = { ...told, figures: await this.figures(run, told.figures) };
    if (this.policy.approvals(run.request)) await this.approvals.withdraw(run.id, writer);
    const { type, error, result, figures, resources } = outcome;
    const ended = { result, ...figures, resources };
    const data = (error ? { error, ...ended } : ended) as EventData<typeof type>;
    await writer.end(type, data, patchOf(outcome));
    this.tell(run, outcome);
  }

  /** Repeatable: whatever of it a crash left undone, the next call does. Of a run that has not ended nothing is touched. */
  async release(run: Pick<RunRecord, 'id' | 'sessionId' | 'owner' | 'createdAt' | 'request'>): Promise<void> {
    const { runRetentionMs, logRetentionMs } = this.config.options;
    // Whoever comes late may find it carried by another, who needs what it holds.
    if (!(await this.runs.hasEnded(run.id))) return;
    const account = { runId: run.id, payer: run.owner, accepted: periodOf(new Date(run.createdAt)) };
    await this.ledger.release(account, runRetentionMs);
    if (this.policy.approvals(run.request)) await this.approvals.expire(run.id, runRetentionMs);
    await this.attachments.remove(run.id);
    await this.runs.release(run, { recordMs: runRetentionMs, logMs: logRetentionMs });
    await this.scheduler.pump();
  }

  /** What went over the wire decides; where nobody saw it, the CLI's own figures are booked instead. */
  private async figures(run: RunRecord, cli: RunFigures): Promise<RunFigures> {
    const { ledger, model } = this;
    if (this.config.usesGateway)
      return wireFigures(run, cli, { ledger, prices: model.prices, recording: model.recordingOf(run.id) });
    return bookCliFigures(run, cli, ledger, this.budgets.limits(run.request, run.owner));
  }

  private tell(run: RunRecord, outcome: RunOutcome): void {
    const { state, error, figures, resources } = outcome;
    const { usage, costUsd, metering } = figures;
    if (metering?.unpricedModels.length) this.metrics.count('unpricedRuns');
    this.tellDifference(run, metering?.cliDifference ?? null);
    if (resources) {
      this.metrics.observe('runCpu', resources.cpuMs / 1000);
      this.metrics.observe('runMemory', resources.peakMemoryBytes);
    }
    if (outcome.degraded) this.metrics.count('runsDegraded', { step: outcome.degraded.step });
    this.metrics.count('runsEnded', { state, code: error?.code ?? '' });
    this.metrics.count('costUsd', {}, Number(costUsd));
    for (const [kind, count] of Object.entries(usage)) this.metrics.count('tokens', { kind }, count);
    if (run.startedAt) this.metrics.observe('runDuration', (Date.now() - Date.parse(run.startedAt)) / 1000, { state });
    const facts = {
      runId: run.id,
      sessionId: run.sessionId,
      state,
      code: error?.code,
      details: error?.details,
      costUsd,
    };
    if (isOurs(error)) this.logger.error(facts, 'run ended');
    else this.logger.log(facts, 'run ended');
  }

  private tellDifference(run: RunRecord, difference: UsageDifference | null): void {
    if (!difference) return;
    const { costUsd, ...tokens } = difference;
    const differ = Object.values(tokens).some((count) => count !== 0);
    if (differ) this.metrics.count('usageDifferences', { what: 'tokens' });
    if (Number(costUsd) !== 0) this.metrics.count('usageDifferences', { what: 'cost' });
    this.logger.debug({ runId: run.id, ...difference }, 'the CLI counted otherwise than the wire');
  }
}

/**
 * Ends a run that no attempt has. Several may do it at once: the last one to take the epoch writes.
 *
 * @returns whether this call wrote it
 */
export async function endNow(
  run: RunRecord,
  code: CancelCode,
  stream: Pick<ClaudeStreamService, 'takeOver'>,
  ender: Pick<RunEnder, 'end'>,
): Promise<boolean> {
  const taken = await stream.takeOver(run.id);
  if (!taken) return false;
  try {
    await ender.end(run, taken.writer, outcomeOfError(new ClaudeError(code), null));
    return true;
  } catch (error) {
    if (error instanceof ClaudeError && error.code === 'stream.stale_writer') return false;
    throw error;
  }
}
