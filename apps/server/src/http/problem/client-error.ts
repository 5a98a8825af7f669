import { STATUS_CODES, type Server } from 'node:http';
import { type Socket } from 'node:net';
import { ClaudeError, type ErrorCode } from '@steward/claude';
import { v7 as newId } from 'uuid';
import { problemOf } from './problem.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timed_out',
};
/** Nobody is there to be answered. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Answers what the HTTP parser refuses (headers that are too large, broken chunks, a request that never ends) as every
 * other problem is answered; no middleware ever sees it. The connection is closed, since nobody knows where the next
 * request on it would begin.
 */
export function answerUnreadable(server: Server): void {
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: { headersSent: boolean } }) => {
      if (!socket.writable || GONE.has(error.code ?? '') || socket._httpMessage?.headersSent)
        return void socket.destroy();
      socket.end(answerTo(error.code ?? ''));
    },
  );
}

function answerTo(parserCode: string): string {
  const code = CODES[parserCode] ?? 'request.invalid';
  const problem = new ClaudeError(code, code === 'request.invalid' ? { reason: 'it is not HTTP/1.1' } : {});
  const requestId = newId();
  const body = JSON.stringify(problemOf(problem, requestId));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Request-Id: ${requestId}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
