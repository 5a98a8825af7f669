import { type Observable } from 'rxjs';
import { type ApiMessage, NO_TOTALS, RunTranslator } from '../command/index.js';
import { type BreakerView } from '../breaker/index.js';
import { claudeErrorOf } from '../error/index.js';
import { type ModelDoor, type ModelFacts, type SpendingLimits } from '../model/index.js';
import { type LogWriter } from '../stream/index.js';
import { type AgentBackend, ApiAgent } from '../wrapper/index.js';
import { outcomeOfError, outcomeOfResult, type RunOutcome, withoutFigures } from './run-outcome.js';
import { RunModel } from './run-model.js';
import { type AttemptWatch } from './attempt-watch.js';
import { type RunRecord } from './run.types.js';

export interface ApiAttemptOptions {
  readonly run: RunRecord;
  readonly attempt: number;
  readonly writer: LogWriter;
  readonly door: ModelDoor;
  readonly model: string;
  readonly system: string;
  readonly history: readonly ApiMessage[];
  /** The prompt, as a line of the CLI. */
  readonly line: string;
  readonly limits: SpendingLimits;
  readonly facts: ModelFacts;
  readonly breakers: Observable<BreakerView>;
  /** Ends the attempt; its reason is a ClaudeError and becomes the run's. */
  readonly stop: AbortSignal;
  readonly watch: AttemptWatch;
  readonly maxTokens: number;
  readonly timeoutMs: number;
}

/** One try at a run by the Messages API alone: the conversation, the prompt, no tools. */
export class ApiAttempt {
  private readonly own = new AbortController();
  private readonly translator: RunTranslator;
  private readonly model: RunModel;

  constructor(private readonly options: ApiAttemptOptions) {
    const { run, attempt, writer, watch, door, limits, facts, breakers, model } = options;
    this.translator = new RunTranslator({
      before: NO_TOTALS,
      tellsUsage: false,
      raw: run.request.rawMessages,
      emit: (event) => {
        watch.note(event);
        return writer.pushEvent(event);
      },
    });
    this.model = new RunModel(door, {
      run,
      isFirst: attempt === 1,
      model,
      limits,
      facts,
      breakers,
      recordHead: { request: run.request, attempt, cliVersion: null },
      emit: (event) => {
        if (writer.lost.aborted) return;
        watch.note(event);
        writer.pushEvent(event);
      },
      exhausted: (error) => this.own.abort(error),
    });
  }

  /** Never throws: whatever happens is an outcome. */
  async carry(): Promise<RunOutcome> {
    const { writer, attempt, model, door, history, watch } = this.options;
    watch.pass();
    writer.push('run.started', { attempt, model, cliVersion: null, resumed: history.length > 0, process: 'api' });
    try {
      await this.model.begin();
      return withoutFigures(await this.converse());
    } catch (thrown) {
      return withoutFigures(outcomeOfError(claudeErrorOf(thrown), this.translator));
    } finally {
      // What it has used is in the ledger before anybody asks it.
      await this.model.end();
      await door.close();
    }
  }

  private async converse(): Promise<RunOutcome> {
    const { door, line, writer, ...options } = this.options;
    const { ANTHROPIC_BASE_URL: url = '' } = door.environment;
    const agent: AgentBackend = new ApiAgent({ ...options, url, token: door.token });
    const stop = AbortSignal.any([options.stop, this.own.signal]);
    const ended = () => void agent.stop();
    stop.throwIfAborted();
    stop.addEventListener('abort', ended, { once: true });
    try {
      const result = await agent.prompt(line, (message) => {
        this.translator.accept(message);
        return writer.ready();
      });
      stop.throwIfAborted();
      const { trouble: wire, shut } = this.model;
      return outcomeOfResult(result, this.translator, { structured: false, model: options.model, wire, shut });
    } finally {
      stop.removeEventListener('abort', ended);
    }
  }
}
