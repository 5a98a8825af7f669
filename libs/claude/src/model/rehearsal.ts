import { type IncomingMessage, type ServerResponse } from 'node:http';

/** About so many bytes of a request are one token. */
const BYTES_PER_TOKEN = 4;

/**
 * Answers what a process counts while it makes itself ready (`count_tokens`), by estimate: nobody reads the figure, and the
 * provider is not asked for it.
 */
export function answerCount(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const bytes = Number(request.headers['content-length']) || 0;
  const body = JSON.stringify({ input_tokens: Math.ceil(bytes / BYTES_PER_TOKEN) });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}
