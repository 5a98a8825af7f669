import { Injectable, Logger } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { type EventData, type LogWriter } from '../stream/index.js';
import { RunDispatcher } from './run-dispatcher.js';
import { isOurs, patchOf, type RunOutcome } from './run-outcome.js';
import { RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';

/** The end of a run, once and for all: its terminal event with its record, then the way free for the next of its session. */
@Injectable()
export class RunEnder {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly runs: RunStore,
    private readonly dispatcher: RunDispatcher,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** @throws ClaudeError `stream.stale_writer` when the run is another's by now; then it is the other who ends it */
  async end(run: RunRecord, writer: LogWriter, outcome: RunOutcome): Promise<void> {
    const { type, error, result, figures, resources } = outcome;
    const ended = { result, ...figures, resources };
    const data = (error ? { error, ...ended } : ended) as EventData<typeof type>;
    await writer.end(type, data, patchOf(outcome));
    this.tell(run, outcome);
  }

  /** Repeatable: whatever of it a crash left undone, the next call does. */
  async release(run: Pick<RunRecord, 'id' | 'sessionId'>): Promise<void> {
    const { runRetentionMs, logRetentionMs } = this.config.options;
    const next = await this.runs.release(run, { recordMs: runRetentionMs, logMs: logRetentionMs });
    if (next !== null) await this.dispatcher.dispatch(next);
  }

  private tell(run: RunRecord, outcome: RunOutcome): void {
    const { state, error, figures, resources } = outcome;
    const { usage, costUsd } = figures;
    if (resources) {
      this.metrics.observe('runCpu', resources.cpuMs / 1000);
      this.metrics.observe('runMemory', resources.peakMemoryBytes);
    }
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
}
