import { type IncomingMessage } from 'node:http';
import { type ModelRequestFigures } from '../stream/index.js';
import { limitsOf, troubleOf } from './answer-headers.js';
import { type AnswerFacts, JsonAnswerReader, SseAnswerReader } from './answer-reader.js';
import { type AnswerListener } from './answer-decoder.js';
import { type Booking } from './booking.js';
import { type ExchangeEnd, type ExchangeWatcher, STALLED } from './exchange.js';
import { type ModelFact, type ModelTrouble } from './model-fact.types.js';
import { usdOf } from './money.js';
import { type RequestBody } from './request-body.js';
import { type PriceTable } from './price-table.js';
import { NO_FIGURES, type RequestFigures, type Serving } from './serving.js';
import { type DeclaredUsage, NOTHING_DECLARED } from './token-figures.js';

export interface MeterOptions {
  readonly requestId: string;
  readonly serving: Serving;
  readonly booking: Booking;
  readonly prices: PriceTable;
  readonly body: RequestBody;
  /** When the request came; milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** Who hears the answer besides. */
  readonly listeners: (answer: IncomingMessage) => readonly AnswerListener[];
  readonly ended: (figures: ModelRequestFigures, isMalformed: boolean) => void;
  readonly trouble: (fact: ModelFact) => void;
  /** The answer has its first content. */
  readonly began: () => void;
  /** The books could not be kept: the ledger refused an entry. */
  readonly failed: (error: unknown) => void;
}

/** Measures one request: its times, its bytes, and what the provider says that it has used. */
export class RequestMeter implements ExchangeWatcher {
  private reader: SseAnswerReader | JsonAnswerReader | null = null;
  private answer: IncomingMessage | null = null;
  private figures: RequestFigures = NO_FIGURES;
  private seen: DeclaredUsage = NOTHING_DECLARED;
  private firstByteMs: number | null = null;
  private firstTokenMs: number | null = null;
  private responseBytes = 0;
  private retry = 0;

  constructor(private readonly options: MeterOptions) {}

  answered(answer: IncomingMessage): readonly AnswerListener[] {
    this.answer = answer;
    this.options.serving.noteAnswer();
    this.retry = this.options.serving.retries(this.options.body.model);
    this.firstByteMs = this.elapsedMs();
    const { statusCode = 0, headers } = answer;
    const isStream = headers['content-type']?.includes('text/event-stream') ?? false;
    const reader = isStream ? new SseAnswerReader() : new JsonAnswerReader(statusCode >= 400);
    this.reader = reader;
    // Trouble is told when the headers say so: before the CLI has read them.
    const trouble = troubleOf(statusCode);
    if (trouble) this.tell(trouble, null);
    return [{ push: (chunk) => this.read(reader, chunk), end: () => reader.end() }, ...this.options.listeners(answer)];
  }

  passed(bytes: number): void {
    this.responseBytes += bytes;
  }

  get progress(): number {
    return this.reader?.progress ?? 0;
  }

  failed(error: unknown): void {
    this.options.failed(error);
  }

  async ended(how: ExchangeEnd, reason: string | null): Promise<void> {
    const { serving, requestId, booking, body } = this.options;
    if (!this.answer) this.retry = serving.retries(body.model);
    const facts = this.reader?.facts ?? null;
    const outcome = this.outcome(how, facts);
    // An answer that was told to its end has declared all that it generated, whether anybody wanted it or not.
    this.figures = this.measure(facts, outcome === 'answered' || (facts?.isWhole ?? false));
    const figures = this.toFigures(outcome);
    if (outcome === 'unreachable') this.tell('unreachable', reason);
    if (outcome === 'broken') this.tell(reason === STALLED ? 'stalled' : 'broken', facts?.errorType ?? reason);
    serving.noteOutcome(body.model, outcome !== 'answered' && outcome !== 'aborted');
    serving.close(requestId, booking, this.figures, figures);
    this.options.ended(figures, facts?.isMalformed ?? false);
    await booking.settled();
  }

  private read(reader: SseAnswerReader | JsonAnswerReader, chunk: Buffer): void {
    reader.push(chunk);
    const { facts } = reader;
    if (facts.hasContent && this.firstTokenMs === null) {
      this.firstTokenMs = this.elapsedMs();
      this.options.began();
    }
    const declared = facts.declared !== this.seen;
    this.seen = facts.declared;
    const figures = this.measure(facts, false);
    if (!declared && figures.estimatedTokens === this.figures.estimatedTokens) return;
    this.figures = figures;
    this.options.serving.grow(this.options.requestId, this.options.booking, figures, declared);
  }

  private measure(facts: AnswerFacts | null, isWhole: boolean): RequestFigures {
    const { prices, body } = this.options;
    if (!facts) return { ...this.figures, model: body.model };
    const model = facts.model ?? body.model;
    const { tokens } = facts.declared;
    const missing = isWhole ? 0 : Math.max(0, facts.generatedTokens - tokens.outputTokens);
    const costUnits = prices.cost(model, facts.declared);
    const generated = { ...facts.declared, tokens: { ...tokens, outputTokens: tokens.outputTokens + missing } };
    return {
      model,
      tokens,
      costUnits,
      estimatedTokens: missing,
      estimatedUnits: missing === 0 ? 0 : prices.cost(model, generated) - costUnits,
    };
  }

  private outcome(how: ExchangeEnd, facts: AnswerFacts | null): ModelRequestFigures['outcome'] {
    if (how !== 'answered') return how;
    if ((this.answer?.statusCode ?? 0) >= 400) return 'failed';
    return facts?.isWhole ? 'answered' : 'broken';
  }

  private toFigures(outcome: string): ModelRequestFigures {
    const { model, tokens, costUnits, estimatedTokens } = this.figures;
    return {
      requestId: this.options.requestId,
      model,
      status: this.answer?.statusCode ?? null,
      outcome,
      retry: this.retry,
      firstByteMs: this.firstByteMs,
      firstTokenMs: this.firstTokenMs,
      durationMs: this.elapsedMs(),
      requestBytes: this.options.body.bytes,
      responseBytes: this.responseBytes,
      usage: tokens,
      costUsd: usdOf(costUnits),
      estimatedOutputTokens: estimatedTokens,
    };
  }

  private tell(trouble: ModelTrouble, reason: string | null): void {
    const { serving, requestId, body } = this.options;
    const now = new Date();
    this.options.trouble({
      trouble,
      runId: serving.order.runId,
      sessionId: serving.order.sessionId,
      requestId,
      model: this.reader?.facts.model ?? body.model,
      at: now.toISOString(),
      status: this.answer?.statusCode ?? null,
      reason,
      ...limitsOf(this.answer?.headers ?? {}, now),
      retry: this.retry,
    });
  }

  private elapsedMs(): number {
    return Math.round(performance.now() - this.options.startedAt);
  }
}
