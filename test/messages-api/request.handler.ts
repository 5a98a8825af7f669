import type { IncomingMessage, ServerResponse } from 'node:http';
import { control, CONTROL_PATH } from './control.endpoint.js';
import type { Journal, JournalEntry } from './journal.store.js';
import type { MessageAnswerer } from './message.answerer.js';
import { keptHeaders } from './request/kept.headers.js';
import { readMessagesRequest, RefusedRequest } from './request/request.reader.js';
import { DirectiveError } from './script/directive.error.js';
import { errorType } from './script/error.table.js';
import { newId } from './wire/block.encoder.js';
import { sendError, sendJson } from './wire/response.headers.js';
import { estimateInput } from './wire/usage.estimate.js';

/** Takes every request of the server, writes it into the journal and sends it to whoever answers it. */
export class RequestHandler {
  constructor(
    private readonly journal: Journal,
    private readonly answerer: MessageAnswerer,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]!;
    if (path.startsWith(CONTROL_PATH)) return control(this.journal, this.answerer, request, response);
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
      const usage = estimateInput((await readMessagesRequest(request)).body);
      const total = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
      entry.status = 200;
      return sendJson(response, 200, { input_tokens: total }, { 'request-id': newId('req') });
    }
    request.resume();
    if (call === 'GET /v1/messages/count_tokens') {
      entry.status = 200;
      return sendJson(response, 200, { input_tokens: 0 }, { 'request-id': newId('req') });
    }
    if (call !== 'HEAD /' && call !== 'GET /') throw new RefusedRequest(404, `There is no ${call} here.`);
    entry.status = 200;
    response.writeHead(200, { 'content-type': 'text/plain' }).end('Scripted Messages API\n');
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
