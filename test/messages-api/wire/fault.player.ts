import { statusOf } from '../script/error.table.js';
import type { Exchange } from './exchange.types.js';
import { rest } from './pace.timer.js';
import { apiHeaders, sendError } from './response.headers.js';
import type { Failure, StepFrame } from '../script/step.types.js';
import type { ContentReply } from './block.encoder.js';
import { StreamPlayer } from './stream.player.js';
import { numberedWords } from '../script/text.source.js';

const HALF_EVENT =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_del\n\n';

const partial = (count: number, delayMs = 0): ContentReply => ({
  type: 'text',
  chunks: () => numberedWords(count + 1),
  delayMs,
});

/** Fails as told. Returns when the request is over. */
export async function playFailure(exchange: Exchange, frame: StepFrame, failure: Failure): Promise<void> {
  switch (failure.what) {
    case 'error':
      return answerError(exchange, frame, failure);
    case 'hang':
      return hang(exchange, frame, failure);
    case 'cut':
      await begin(exchange, frame, failure.after, failure.delayMs);
      return drop(exchange, failure.reset);
    case 'malformed':
      return malformed(exchange, frame, failure);
    case 'sse-error': {
      if (exchange.body.stream !== true) {
        return answerError(exchange, frame, { ...failure, status: statusOf(failure.errorType) ?? 500 });
      }
      const stream = await begin(exchange, frame, failure.after);
      const error = { type: failure.errorType, message: failure.message };
      await stream?.event('error', { error, request_id: exchange.requestId });
      await stream?.writer.flush();
      return stream?.end();
    }
    default:
      return failure satisfies never;
  }
}

interface ErrorAnswer {
  status: number;
  errorType: string;
  message: string;
  headers?: Record<string, string>;
  html?: boolean;
}

function answerError(exchange: Exchange, frame: StepFrame, failure: ErrorAnswer): void {
  const { response, requestId, entry } = exchange;
  const { status, errorType: type, message } = failure;
  const headers = { ...failure.headers, ...frame.headers };
  entry.status = status;
  if (failure.html !== true) return sendError(response, requestId, { status, type, message, headers });
  const page = `<html>\r\n<head><title>${status} ${message}</title></head>\r\n<body><h1>${status} ${message}</h1></body>\r\n</html>\r\n`;
  response.writeHead(status, { ...headers, 'content-type': 'text/html', 'content-length': Buffer.byteLength(page) });
  response.end(page);
}

async function hang(exchange: Exchange, frame: StepFrame, failure: Failure & { what: 'hang' }): Promise<void> {
  if (failure.where === 'headers') {
    await rest(failure.forMs, exchange.signal);
    return drop(exchange);
  }
  const stream = await begin(exchange, frame, failure.after);
  if (stream === undefined) await rest(failure.forMs, exchange.signal);
  else await stream.pause(failure.forMs, failure.pingMs);
  return drop(exchange);
}

/** Answers that look right at first. */
async function malformed(
  exchange: Exchange,
  frame: StepFrame,
  failure: Failure & { what: 'malformed' },
): Promise<void> {
  if (failure.how === 'html') {
    exchange.entry.status = 200;
    exchange.response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in.</body></html>');
    return;
  }
  if (failure.how === 'order' && exchange.body.stream === true) {
    const stream = new StreamPlayer(exchange, frame);
    await stream.block(partial(failure.after), failure.after);
    return stream.end();
  }
  const stream = await begin(exchange, frame, failure.after);
  if (stream === undefined) return drop(exchange);
  if (failure.how === 'json') await stream.writer.raw(HALF_EVENT);
  await stream.writer.flush();
  stream.end();
}

/** The beginning of an answer: the head and `after` deltas of a text block that stays open. */
async function begin(
  exchange: Exchange,
  frame: StepFrame,
  after: number,
  delayMs = 0,
): Promise<StreamPlayer | undefined> {
  if (exchange.body.stream !== true) {
    exchange.entry.status = 200;
    exchange.response.writeHead(200, { ...apiHeaders(exchange.requestId), 'content-type': 'application/json' });
    exchange.response.write('{"id":"msg_01cut","type":"message","role":"assis');
    return undefined;
  }
  const stream = new StreamPlayer(exchange, frame);
  await stream.start();
  await stream.block(partial(after, delayMs), after);
  return stream;
}

/** Breaks the connection after what was written has left; a reset may overtake it. */
function drop({ entry, response }: Exchange, reset = false): void {
  entry.cut = true;
  if (reset) response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}
