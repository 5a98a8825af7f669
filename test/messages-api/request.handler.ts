import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JournalEntry } from './journal.store.js';
import type { MessageAnswerer } from './message.answerer.js';
import { keptHeaders } from './request/kept.headers.js';
import { readMessagesRequest, RefusedRequest } from './request/request.reader.js';
import { DirectiveError } from './script/directive.error.js';
import { errorType } from './script/error.table.js';
import { newId } from './wire/block.encoder.js';
import { sendError, sendJson } from './wire/response.headers.js';
import { estimateInput } from './wire/usage.estimate.js';
import type { Journal } from './journal.store.js';

/** Takes every request of the server, writes it into the journal and sends it to whoever answers it. */
export class RequestHandler {
  constructor(
    private readonly journal: Journal,
    private readonly answerer: MessageAnswerer,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]!;
    if (path.startsWith('/_script/')) return this.control(request, response, path);
    const entry = this.journal.open({ method: request.method ?? '', path, headers: keptHeaders(request.headers) });
    const gone = new AbortController();
    response.once('close', () => {
      entry.finished = response.writableFinished;
      entry.aborted = !response.writableFinished && !entry.cut;
      entry.endedAt = new Date().toISOString();
      gone.abort();
    });
    try {
      await this.route(request, response, entry, gone.signal);
    } catch (error) {
      // Whoever has left in the middle of the request gets no answer.
      if (!gone.signal.aborted && request.errored === null) refuse(response, entry, error);
    }
  }

  private async route(
    request: IncomingMessage,
    response: ServerResponse,
    entry: JournalEntry,
    signal: AbortSignal,
  ): Promise<void> {
    const call = `${entry.method} ${entry.path}`;
    if (call === 'POST /v1/messages') {
      return this.answerer.answer(await readMessagesRequest(request), response, entry, signal);
    }
    if (call === 'POST /v1/messages/count_tokens') {
      const usage = estimateInput(await readMessagesRequest(request));
      const total = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
      entry.status = 200;
      return sendJson(response, 200, { input_tokens: total }, { 'request-id': newId('req') });
    }
    request.resume();
    if (call !== 'HEAD /' && call !== 'GET /') throw new RefusedRequest(404, `There is no ${call} here.`);
    entry.status = 200;
    response.writeHead(200, { 'content-type': 'text/plain' }).end('Scripted Messages API\n');
  }

  /** For tests in other processes. */
  private control(request: IncomingMessage, response: ServerResponse, path: string): void {
    request.resume();
    const call = `${request.method} ${path.slice('/_script/'.length)}`;
    if (call === 'GET journal') return sendJson(response, 200, this.journal.list());
    if (call === 'GET served') return sendJson(response, 200, this.journal.served());
    if (call !== 'POST reset') return sendJson(response, 404, { error: `There is no ${call} here.` });
    this.reset();
    sendJson(response, 200, { ok: true });
  }

  reset(): void {
    this.journal.reset();
    this.answerer.reset();
  }
}

function refuse(response: ServerResponse, entry: JournalEntry, error: unknown): void {
  const status = error instanceof RefusedRequest ? error.status : error instanceof DirectiveError ? 400 : 500;
  const message = error instanceof Error ? error.message : String(error);
  entry.kind = 'refused';
  if (response.headersSent) {
    response.destroy();
    return;
  }
  entry.status = status;
  sendError(response, newId('req'), { status, type: errorType(status), message });
}
