import { type ClaudeError } from '../error/index.js';
import { type ModelDoor, type ModelFact, type ModelFacts, type SpendingLimits } from '../model/index.js';
import { type EventData, type NewEvent } from '../stream/index.js';
import { type RunRecord } from './run.types.js';

export interface RunModelOptions {
  readonly run: RunRecord;
  /** No attempt came before it. */
  readonly isFirst: boolean;
  readonly limits: SpendingLimits;
  readonly facts: ModelFacts;
  /** First line of a recording. */
  readonly recordHead: Readonly<Record<string, unknown>>;
  readonly emit: (event: NewEvent) => void;
  readonly exhausted: (error: ClaudeError) => void;
}

/** What a run does at the model, as events of the run. */
export class RunModel {
  /** What its last request met; null when it was answered. */
  trouble: ModelFact | null = null;
  private listening: { unsubscribe(): void } | undefined;

  constructor(
    private readonly door: ModelDoor,
    private readonly options: RunModelOptions,
  ) {}

  async begin(): Promise<void> {
    const { run, isFirst, limits, facts, recordHead, emit, exhausted } = this.options;
    this.listening = facts.of(run.id).subscribe((fact) => this.tell(fact));
    await this.door.assign({
      runId: run.id,
      sessionId: run.sessionId,
      payer: run.owner,
      acceptedAt: run.createdAt,
      limits,
      isFirst,
      record: run.request.recordModelTraffic ? { runId: run.id, ...recordHead } : null,
      // What is a repetition itself is not multiplied.
      repeats: run.failures === 0,
      observer: {
        used: (soFar) => {
          if (soFar.request?.outcome === 'answered') this.trouble = null;
          emit({ type: 'usage', data: soFar });
        },
        exhausted,
      },
    });
  }

  /** Resolves when everything is in the ledger. Repeatable. */
  async end(): Promise<void> {
    await this.door.unassign();
    this.listening?.unsubscribe();
  }

  private tell(fact: ModelFact): void {
    this.trouble = fact;
    this.options.emit({ type: 'run.progress', data: progressOf(fact) });
  }
}

const SENTENCES: Readonly<Record<ModelFact['trouble'], string>> = {
  rate_limited: 'The rate limit of the model provider is reached',
  overloaded: 'The model provider is overloaded',
  failed: 'The model provider failed',
  refused_credential: 'The model provider refused the credential of this server',
  refused_request: 'The model provider refused the request',
  unreachable: 'The model provider could not be reached',
  broken: 'An answer of the model broke off',
  stalled: 'The model provider fell silent in the middle of an answer',
};

function progressOf({ trouble, status, resetsAt, retryAfterMs }: ModelFact): EventData<'run.progress'> {
  const until = trouble === 'rate_limited' && resetsAt !== null ? ` until ${resetsAt}` : '';
  return {
    activity: trouble === 'rate_limited' ? 'rate_limit' : 'model_error',
    text: `${SENTENCES[trouble]}${until}${status === null ? '' : ` (${status})`}.`,
    status,
    ...(resetsAt === null ? {} : { resetsAt }),
    ...(retryAfterMs === null ? {} : { delayMs: retryAfterMs }),
  };
}
