import { type Observable, type Subscription } from 'rxjs';
import { type BreakerView } from '../breaker/index.js';
import { type ClaudeError, classifyFailedResult, type ErrorCode } from '../error/index.js';
import { type ModelDoor, type ModelFact, type ModelFacts, type SpendingLimits } from '../model/index.js';
import { type EventData, type NewEvent } from '../stream/index.js';
import { type RunRecord } from './run.types.js';
import { UsageTeller } from './usage-teller.js';

export interface RunModelOptions {
  readonly run: RunRecord;
  /** The model that it asks for. */
  readonly model: string | null;
  /** No attempt came before it. */
  readonly isFirst: boolean;
  readonly limits: SpendingLimits;
  readonly facts: ModelFacts;
  /** Changes of the breakers that the run meets. */
  readonly breakers: Observable<BreakerView>;
  /** First line of a recording. */
  readonly recordHead: Readonly<Record<string, unknown>>;
  readonly emit: (event: NewEvent) => void;
  readonly exhausted: (error: ClaudeError) => void;
}

/** What a run does at the model, as events of the run. */
export class RunModel {
  /** What its last request met; null when it was answered. */
  trouble: ModelFact | null = null;
  /** Why its last request was not sent; null when it was. */
  shut: ClaudeError | null = null;
  private listening: Subscription | undefined;
  private readonly usage: UsageTeller;

  constructor(
    private readonly door: ModelDoor,
    private readonly options: RunModelOptions,
  ) {
    this.usage = new UsageTeller((data) => options.emit({ type: 'usage', data }));
  }

  /** What its last request met, as a code of the error table. */
  get failure(): ErrorCode | null {
    const { trouble: wire } = this;
    return wire && classifyFailedResult({ subtype: 'success', wire }).code;
  }

  async begin(): Promise<void> {
    const { run, isFirst, limits, facts, breakers, recordHead, emit, exhausted } = this.options;
    this.listening = facts.of(run.id).subscribe((fact) => this.tell(fact));
    this.listening.add(breakers.subscribe((view) => emit({ type: 'run.progress', data: outageOf(view) })));
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
      model: this.options.model,
      observer: {
        used: (soFar) => {
          if (soFar.request?.outcome === 'answered') this.trouble = this.shut = null;
          this.usage.note(soFar);
        },
        exhausted,
        shut: (error) => (this.shut = error),
      },
    });
  }

  /** Resolves when everything is in the ledger. Repeatable. */
  async end(): Promise<void> {
    await this.door.unassign();
    this.usage.flush();
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

function outageOf({ scope, state, cause, retryAt }: BreakerView): EventData<'run.progress'> {
  const what = scope === 'credential' ? 'The credential of this server' : 'The model';
  const text =
    state === 'closed'
      ? `${what} works again.`
      : state === 'half_open'
        ? `${what} is tried again.`
        : `${what} failed too often (${cause ?? 'for reasons that nobody told'}); it is left alone until ${retryAt ?? 'later'}.`;
  return { activity: 'outage', text, ...(retryAt === null ? {} : { resetsAt: retryAt }) };
}
