import { statusOf } from './error.table.js';
import type { Exchange } from './exchange.types.js';
import { rest } from './pace.timer.js';
import { apiHeaders, sendError } from './response.headers.js';
import type { Failure, ReplyBlock, Step } from './step.types.js';
import { StreamPlayer } from './stream.player.js';
import { numberedWords } from './text.source.js';

const partial = (count: number, delayMs = 0): ReplyBlock => ({
  type: 'text',
  chunks: () => numberedWords(count + 1),
  delayMs,
});

/** Fails as told. Returns when the request is over. */
export async function playFailure(exchange: Exchange, step: Step, failure: Failure): Promise<void> {
  switch (failure.what) {
    case 'error':
      return answerError(exchange, step, failure);
    case 'hang':
      return hang(exchange, step, failure);
    case 'cut':
      await begin(exchange, step, failure.after, failure.delayMs);
      return drop(exchange);
    case 'malformed': {
      const stream = await begin(exchange, step, failure.after);
      if (stream === undefined) return drop(exchange);
      await stream.writer.raw(
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_del\n\n',
      );
      await stream.writer.flush();
      return stream.end();
    }
    case 'sse-error': {
      if (exchange.body.stream !== true) {
        exchange.entry.status = statusOf(failure.errorType) ?? 500;
        return sendError(
          exchange.response,
          exchange.requestId,
          exchange.entry.status,
          failure.errorType,
          failure.message,
        );
      }
      const stream = await begin(exchange, step, failure.after);
      const error = { type: failure.errorType, message: failure.message };
      await stream?.writer.event('error', { type: 'error', error, request_id: exchange.requestId });
      await stream?.writer.flush();
      return stream?.end();
    }
    default:
      return failure satisfies never;
  }
}

function answerError(exchange: Exchange, step: Step, failure: Failure & { what: 'error' }): void {
  const { response, requestId, entry } = exchange;
  entry.status = failure.status;
  const headers = { ...failure.headers, ...step.headers };
  if (!failure.html) return sendError(response, requestId, failure.status, failure.errorType, failure.message, headers);
  const page = `<html>\r\n<head><title>${failure.status} ${failure.message}</title></head>\r\n<body>\r\n<center><h1>${failure.status} ${failure.message}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(failure.status, {
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(page),
    ...headers,
  });
  response.end(page);
}

async function hang(exchange: Exchange, step: Step, failure: Failure & { what: 'hang' }): Promise<void> {
  if (failure.where === 'headers') {
    await rest(failure.forMs, exchange.signal);
    return drop(exchange);
  }
  const stream = await begin(exchange, step, failure.after);
  const until = performance.now() + failure.forMs;
  while (performance.now() < until) {
    const left = until - performance.now();
    await rest(failure.pingMs > 0 ? Math.min(failure.pingMs, left) : left, exchange.signal);
    if (failure.pingMs > 0) await stream?.ping();
    await stream?.writer.flush();
  }
  return drop(exchange);
}

/** The beginning of an answer: the head and `after` deltas of a text block that stays open. */
async function begin(exchange: Exchange, step: Step, after: number, delayMs = 0): Promise<StreamPlayer | undefined> {
  if (exchange.body.stream !== true) {
    exchange.entry.status = 200;
    exchange.response.writeHead(200, { ...apiHeaders(exchange.requestId), 'content-type': 'application/json' });
    exchange.response.write('{"id":"msg_01cut","type":"message","role":"assis');
    return undefined;
  }
  const stream = new StreamPlayer(exchange, step);
  await stream.start();
  await stream.block(partial(after, delayMs), after);
  return stream;
}

/** Breaks the connection after what was written has left. */
function drop(exchange: Exchange): void {
  exchange.entry.cut = true;
  exchange.response.socket?.destroySoon();
}
