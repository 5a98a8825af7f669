import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Exchange } from './exchange.types.js';
import type { StepFrame } from '../script/step.types.js';
import { gzipInto } from './gzip.stream.js';

const LIMITS: [name: string, limit: number][] = [
  ['requests', 4_000],
  ['tokens', 4_800_000],
  ['input-tokens', 4_000_000],
  ['output-tokens', 800_000],
];

/** The headers that every answer of the API carries. */
export function apiHeaders(requestId: string): Record<string, string> {
  const reset = new Date(Date.now() + 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const headers: Record<string, string> = {
    'request-id': requestId,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
  };
  for (const [name, limit] of LIMITS) {
    headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(limit - 1);
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return headers;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

export interface ApiError {
  status: number;
  type: string;
  message: string;
  headers?: Record<string, string>;
}

export function sendError(response: ServerResponse, requestId: string, error: ApiError): void {
  const { status, type, message } = error;
  const body = { type: 'error', error: { type, message }, request_id: requestId };
  sendJson(response, status, body, { ...apiHeaders(requestId), ...error.headers });
}

/** Sends the head of a stream at once and returns where its bytes go. */
export function startStream(exchange: Exchange, frame: StepFrame): Writable {
  const { response, requestId } = exchange;
  exchange.entry.status = 200;
  response.writeHead(200, {
    ...apiHeaders(requestId),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...(frame.gzip ? { 'content-encoding': 'gzip' } : {}),
    ...frame.headers,
  });
  response.flushHeaders();
  return frame.gzip ? gzipInto(response) : response;
}
