import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { auxiliaryReply } from './auxiliary.replies.js';
import { readConversation } from './conversation.reader.js';
import { scriptOf, type DefaultScript } from './default.script.js';
import { DirectiveError } from './directive.error.js';
import { errorType } from './error.table.js';
import type { Exchange } from './exchange.types.js';
import { playFailure } from './fault.player.js';
import type { Journal, JournalEntry } from './journal.store.js';
import { playMessage } from './message.player.js';
import { rest } from './pace.timer.js';
import { readMessagesRequest, RefusedRequest } from './request.reader.js';
import { sendError, sendJson } from './response.headers.js';
import { compileScript, plainStep } from './script.compiler.js';
import { chooseStep, sessionOf, type FaultCounters } from './step.chooser.js';
import type { Reply, Step } from './step.types.js';
import { newId, StreamPlayer } from './stream.player.js';
import { estimateInput } from './usage.estimate.js';

const KEPT_HEADERS =
  /^(anthropic-|user-agent$|x-app$|x-claude-code-|x-stainless-retry-count$|accept|content-(length|type)$|connection$|host$)/;
const SECRET_HEADERS = ['x-api-key', 'authorization'];
const PROMPT_CHARS = 2_000;

/** What the journal says of a credential: enough to tell two apart, nothing to steal. */
export const fingerprint = (credential: string): string =>
  createHash('sha256').update(credential).digest('hex').slice(0, 16);

/** Answers every request that the server takes. */
export class RequestHandler {
  constructor(
    private readonly journal: Journal,
    private readonly counters: FaultCounters,
    private fallback: DefaultScript | undefined,
  ) {}

  setDefault(script: DefaultScript): void {
    this.fallback = script;
  }

  reset(): void {
    this.journal.reset();
    this.counters.clear();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]!;
    if (path.startsWith('/_script/')) return this.control(request, response, path);
    const gone = new AbortController();
    const entry = this.open(request, path);
    response.once('close', () => {
      entry.finished = response.writableFinished;
      entry.aborted = !response.writableFinished && !entry.cut;
      entry.endedAt = new Date().toISOString();
      gone.abort();
    });
    try {
      await this.route(request, response, path, entry, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      this.refuse(response, entry, error);
    }
  }

  private async route(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    entry: JournalEntry,
    signal: AbortSignal,
  ): Promise<void> {
    const post = request.method === 'POST';
    if (post && path === '/v1/messages') return this.answer(request, response, entry, signal);
    if (path === '/v1/messages/count_tokens' && (post || request.method === 'GET')) {
      const usage = post ? estimateInput(await readMessagesRequest(request)) : undefined;
      const counts = usage === undefined ? [0] : Object.values({ ...usage, output_tokens: 0 });
      entry.status = 200;
      return sendJson(
        response,
        200,
        { input_tokens: counts.reduce((sum, count) => sum + count, 0) },
        { 'request-id': newId('req') },
      );
    }
    request.resume();
    if (path === '/' && (request.method === 'HEAD' || request.method === 'GET')) {
      entry.status = 200;
      response.writeHead(200, { 'content-type': 'text/plain' }).end('Scripted Messages API\n');
      return;
    }
    throw new RefusedRequest(404, `There is no ${request.method} ${path} here.`);
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    entry: JournalEntry,
    signal: AbortSignal,
  ): Promise<void> {
    const body = await readMessagesRequest(request);
    entry.body = body;
    entry.model = body.model;
    entry.stream = body.stream === true;
    entry.session = sessionOf(entry.headers['x-claude-code-session-id'], body);
    const exchange: Exchange = {
      body,
      response,
      entry,
      signal,
      requestId: newId('req'),
      declare: (usage) => this.journal.declare(entry, usage),
    };
    const conversation = readConversation(body);
    entry.prompt = conversation.prompt.slice(0, PROMPT_CHARS);
    const auxiliary = auxiliaryReply(body, conversation);
    if (auxiliary !== undefined) {
      entry.kind = `auxiliary:${auxiliary.kind}`;
      return this.play(exchange, plainStep(auxiliary.reply), auxiliary.reply);
    }
    const own = compileScript(conversation.prompt);
    const script = own ?? scriptOf(this.fallback, conversation);
    const { step, index, fault } = chooseStep(script, conversation, entry.session, this.counters);
    entry.stepIndex = index;
    entry.step = fault?.source ?? step.source;
    entry.kind =
      fault !== undefined ? 'fault' : own === undefined ? 'default' : index < script.steps.length ? 'step' : 'closing';
    await rest(step.slowMs, signal);
    if (fault !== undefined) return playFailure(exchange, step, fault.failure);
    return this.play(exchange, step, step.reply(conversation));
  }

  private async play(exchange: Exchange, step: Step, reply: Reply): Promise<void> {
    if (exchange.body.stream !== true) return playMessage(exchange, step, reply);
    await new StreamPlayer(exchange, step, reply.splitBytes).play(reply);
  }

  private open(request: IncomingMessage, path: string): JournalEntry {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (KEPT_HEADERS.test(name)) headers[name] = String(value);
      else if (SECRET_HEADERS.includes(name))
        headers[name] = `sha256:${fingerprint(String(value).replace(/^Bearer /i, ''))}`;
    }
    return this.journal.open({ method: request.method ?? '', path, headers });
  }

  private refuse(response: ServerResponse, entry: JournalEntry, error: unknown): void {
    const status = error instanceof RefusedRequest ? error.status : error instanceof DirectiveError ? 400 : 500;
    const message = error instanceof Error ? error.message : String(error);
    entry.kind = 'refused';
    if (response.headersSent) return void response.destroy();
    entry.status = status;
    sendError(response, newId('req'), status, errorType(status), message);
  }

  private control(request: IncomingMessage, response: ServerResponse, path: string): void {
    request.resume();
    const call = `${request.method} ${path.slice('/_script/'.length)}`;
    if (call === 'GET journal') return sendJson(response, 200, this.journal.list());
    if (call === 'GET served') return sendJson(response, 200, this.journal.served());
    if (call === 'POST reset') {
      this.reset();
      return sendJson(response, 200, { ok: true });
    }
    sendJson(response, 404, { error: `There is no ${call} here.` });
  }
}
