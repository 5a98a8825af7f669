import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { findProjectFile } from '@steward/host';
import { ClaudeConfigService, type ModelProvider, readPrices } from '../config/index.js';
import { ClaudeError, redact } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { type ModelRequestFigures } from '../stream/index.js';
import { ModelDoor } from './door.js';
import { Exchange, type ExchangeTerms, NO_ANSWER } from './exchange.js';
import { requestHeaders } from './forwarded-headers.js';
import { type GatewayCall, GatewayServer } from './gateway-server.js';
import { ModelBreakers, type ModelPassage } from './model-breakers.js';
import { ModelFacts } from './model-facts.js';
import { ModelLedgerStore } from './model-ledger.store.js';
import { PriceTable } from './price-table.js';
import { Recorder } from './recorder.js';
import { Recordings } from './recordings.js';
import { type RefusalReason } from './refusal.js';
import { answerCount } from './rehearsal.js';
import { RequestBody } from './request-body.js';
import { RequestMeter } from './request-meter.js';
import { Serving } from './serving.js';
import { type ServingOrder } from './serving.types.js';
import { SilentWatcher } from './silent-watcher.js';
import { Upstream } from './upstream.js';

const CLOSE_WAIT_MS = 2000;
const MIB = 1024 ** 2;
/** Answers that do not begin, in a row, before the CLI is told not to ask again. */
const SILENT_MOST = 1;
const PRICES = 'libs/claude/data/model-prices.json';

/** The gateway of this worker, as health shows it. */
export interface ModelStatus {
  readonly provider: ModelProvider;
  /** Whether requests pass the gateway; else usage is the CLI's own and budgets are checked between runs only. */
  readonly inPath: boolean;
  /** Address of the Messages API; null where a cloud answers. */
  readonly upstream: string | null;
  readonly prices: { readonly source: string; readonly date: string };
}

/** A request on its way. */
interface Forwarding {
  readonly serving: Serving;
  readonly body: RequestBody;
  readonly passage: ModelPassage;
  readonly send: () => ReturnType<Upstream['send']>;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/**
 * The model gateway: every request of every agent process goes through it. It knows for which run a process works, puts
 * in the operator's credential, lets bytes pass as they come, and writes down what was used.
 */
@Injectable()
export class ClaudeModelService implements OnModuleInit, OnModuleDestroy {
  readonly prices: PriceTable;
  private readonly logger = new Logger(ClaudeModelService.name);
  private readonly doors = new Map<string, ModelDoor>();
  private readonly recorders = new Map<Serving, Recorder>();
  private readonly upstream: Upstream;
  private readonly recordings: Recordings;
  private server: GatewayServer | undefined;
  private readonly reload = () => {
    const changed = this.config.credentials.reload();
    this.logger.log({ changed }, 'the model credential was read again');
  };
  private readonly failed = (error: unknown) =>
    this.logger.error({ reason: (error as Error).message }, 'the model gateway failed');

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly ledger: ModelLedgerStore,
    private readonly facts: ModelFacts,
    private readonly metrics: ClaudeMetricsService,
    private readonly breakers: ModelBreakers,
  ) {
    this.upstream = new Upstream(config.options.anthropicBaseUrl, config.hostVariables);
    this.recordings = new Recordings(config.dataDir, config.options.modelRecordingRetentionMs, this.failed);
    const given = config.options.modelPrices;
    const file = findProjectFile(fileURLToPath(import.meta.url), PRICES);
    this.prices = new PriceTable(given ?? readPrices(JSON.parse(readFileSync(file, 'utf8'))));
  }

  async onModuleInit(): Promise<void> {
    if (this.config.options.role === 'api' || !this.config.usesGateway) return;
    this.server = await GatewayServer.listen({
      call: (call) => this.call(call),
      refused: (reason) => this.metrics.count('modelRefusals', { reason }),
      failed: this.failed,
    });
    // Only where it means something: SIGHUP otherwise ends a program whose terminal closes.
    if (this.config.credentials.isReplaceable) process.on('SIGHUP', this.reload);
    if (this.upstream.warning !== null) this.logger.warn(this.upstream.warning);
    this.recordings.watch();
    this.logger.log({ upstream: this.upstream.url.origin }, 'the model gateway listens');
  }

  async onModuleDestroy(): Promise<void> {
    process.off('SIGHUP', this.reload);
    this.recordings.close();
    // A ledger whose Redis is away must not keep the process from ending.
    const closed = Promise.all([...this.doors.values()].map((door) => door.close()));
    await Promise.race([closed, delay(CLOSE_WAIT_MS, undefined, { ref: false })]);
    await this.server?.close();
    this.upstream.close();
  }

  get status(): ModelStatus {
    const { modelProvider: provider, usesGateway: inPath } = this.config;
    const { source, date } = this.prices.prices;
    return { provider, inPath, upstream: inPath ? this.upstream.url.origin : null, prices: { source, date } };
  }

  /** A way to the model for one agent process. Close it when the process is gone. */
  open(): ModelDoor {
    const door = new ModelDoor(
      (token) => this.variables(token),
      (order) => this.serve(order),
      ({ token }) => this.doors.delete(token),
      this.config.usesGateway,
    );
    this.doors.set(door.token, door);
    return door;
  }

  /** File of a run's recorded traffic, below the data folder. */
  recordingOf(runId: string): string {
    return this.recordings.fileOf(runId);
  }

  private variables(token: string): Record<string, string> {
    if (!this.config.usesGateway) return this.config.providerVariables;
    return {
      ANTHROPIC_BASE_URL: this.server?.url ?? '',
      ANTHROPIC_API_KEY: token,
      // With another address than its maker's the CLI sends all tools at once; behind ours stands its maker's all the same.
      // The variable that says so in general would let it contact that address past us (docs/cli-compatibility.md).
      ...(this.upstream.isPublicApi ? { ENABLE_TOOL_SEARCH: 'true' } : {}),
    };
  }

  private async serve(order: ServingOrder): Promise<Serving> {
    const serving = new Serving(order, this.ledger, (scope) => this.metrics.count('budgetsExceeded', { scope }));
    if (!this.config.usesGateway) return serving;
    if (!order.isFirst) await serving.load();
    if (order.record) this.record(serving, order.runId, order.record);
    return serving;
  }

  private record(serving: Serving, runId: string, head: NonNullable<ServingOrder['record']>): void {
    const { modelRecordingMaxBytes: maxBytes } = this.config.options;
    const recorder = new Recorder({
      path: this.recordings.pathOf(runId),
      maxBytes,
      head,
      mask: (text) => redact(text, this.config.secrets),
      cut: () => this.logger.warn({ runId, maxBytes }, 'a recording of model traffic reached its bound'),
    });
    this.recorders.set(serving, recorder);
    serving.onEnd(async () => {
      this.recorders.delete(serving);
      await recorder.close();
    });
  }

  private async call(call: GatewayCall): Promise<RefusalReason | null> {
    const startedAt = performance.now();
    const door = this.doors.get(call.token);
    if (!door) return 'token';
    const { serving } = door;
    if (!serving) return door.isRehearsing && call.kind === 'count_tokens' ? this.rehearsed(call) : 'no_run';
    if (serving.exhausted) return 'budget';
    const credential = await this.config.credentials.current();
    if (!credential) return 'no_credential';
    const { request, response } = call;
    const send = () => {
      const headers = requestHeaders(request.rawHeaders, this.upstream.host, credential);
      return this.upstream.send({ method: 'POST', path: request.url ?? '/', headers });
    };
    if (call.kind === 'count_tokens') {
      const exchange = new Exchange(request, response, send(), new SilentWatcher(), this.terms(serving, null));
      serving.enter(exchange);
      exchange.start();
      return null;
    }
    const body = await RequestBody.of(request);
    const { order, isBegun } = serving;
    if (!isBegun && body.model !== '') this.breakers.learn(order.model, body.model);
    const passage = this.breakers.enter(body.model, credential, `${order.payer.tenant}:${order.payer.user}`);
    if (passage instanceof ClaudeError) {
      order.observer.shut(passage);
      return 'breaker';
    }
    try {
      const refused = await this.forward(call, { serving, body, passage, send, startedAt });
      if (refused) passage.ended(false);
      return refused;
    } catch (error) {
      // A probe that nobody ends would keep everybody waiting for it.
      passage.ended(false);
      throw error;
    }
  }

  private rehearsed({ request, response }: GatewayCall): null {
    answerCount(request, response);
    this.metrics.count('modelRehearsals');
    return null;
  }

  private async forward(
    { request, response }: GatewayCall,
    { serving, body, passage, send, startedAt }: Forwarding,
  ): Promise<RefusalReason | null> {
    const requestId = randomUUID();
    const booking = await serving.begin(requestId, body.model);
    if (serving.exhausted) return 'budget';
    if (serving.isOver) return 'closing';
    const recorder = this.recorders.get(serving);
    recorder?.request(requestId, request);
    const meter = new RequestMeter({
      requestId,
      serving,
      booking,
      prices: this.prices,
      body,
      startedAt,
      listeners: (answer) => (recorder ? [recorder.answer(requestId, answer.statusCode ?? 0, answer.headers)] : []),
      ended: (figures, isMalformed) => {
        recorder?.ended(requestId, figures.outcome);
        passage.ended(figures.outcome === 'answered');
        this.count(figures, isMalformed);
      },
      began: () => passage.began(),
      trouble: (fact) => {
        passage.met(fact);
        this.facts.tell(fact);
      },
      failed: this.failed,
    });
    // The CLI may have left while the ledger was asked.
    if (response.destroyed) {
      await meter.ended('aborted', null);
      return null;
    }
    const exchange = new Exchange(request, response, send(), meter, this.terms(serving, body));
    serving.enter(exchange);
    this.metrics.add('modelRequestsRunning', 1);
    void exchange.finished.then(() => this.metrics.add('modelRequestsRunning', -1));
    exchange.start();
    return null;
  }

  private terms(serving: Serving, body: RequestBody | null): ExchangeTerms {
    const { modelAnswerTimeoutMs: answerMs, modelStallMs: stallMs, modelSilenceMs: silenceMs } = this.config.options;
    const firstByteMs = () =>
      body?.asksForStream ? this.config.options.modelFirstByteMs * (1 + body.bytes / MIB) : answerMs;
    const repeats = (status: number | null, reason: string | null) => {
      // Only another credential helps; the CLI would ask for three minutes with the same one.
      if (status === 401) return this.config.credentials.reload();
      // Each takes as long as the one before.
      if (reason === NO_ANSWER && serving.noteSilence() > SILENT_MOST) return false;
      return serving.order.repeats ? null : false;
    };
    return { answerMs, firstByteMs, stallMs, silenceMs, repeats };
  }

  private count(figures: ModelRequestFigures, isMalformed: boolean): void {
    const { outcome, status, firstByteMs, firstTokenMs, requestBytes, responseBytes } = figures;
    this.metrics.count('modelRequests', { outcome, status: status === null ? '' : String(status) });
    if (firstByteMs !== null) this.metrics.observe('modelFirstByte', firstByteMs / 1000);
    if (firstTokenMs !== null) this.metrics.observe('modelFirstToken', firstTokenMs / 1000);
    this.metrics.count('modelBytes', { direction: 'request' }, requestBytes);
    this.metrics.count('modelBytes', { direction: 'response' }, responseBytes);
    if (isMalformed) this.metrics.count('modelMalformed');
  }
}
