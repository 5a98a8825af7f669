import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Problem } from '../generated/api.generated.js';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, seen: Seen) => void;

/** A server for answers that the real one cannot be made to give: one after the other, the last one again and again. */
export class StandInServer implements AsyncDisposable {
  readonly seen: Seen[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(...answers: readonly Answer[]): Promise<StandInServer> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const answer = answers[Math.min(standIn.seen.length, answers.length - 1)]!;
        standIn.seen.push({ method, url, headers, body });
        answer(response, standIn.seen.at(-1)!);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const standIn = new StandInServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return standIn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Answers with JSON. */
export const json =
  (body: object, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Refuses as the server does. */
export const problem =
  (status: number, code: string, more: Partial<Problem> = {}, headers: Record<string, string> = {}): Answer =>
  (response) => {
    const body = { type: '', title: '', status, detail: `refused: ${code}`, code, retryable: false, ...more };
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify(body));
  };

/** Breaks the connection without an answer. */
export const reset: Answer = (response) => response.destroy();

const ids = { at: '2026-01-01T00:00:00.000Z', runId: 'r', sessionId: 's' };

/** A frame as the server writes it: its seq, and what it is. */
export const frame = (
  seq: number,
  type = 'text.delta',
  data: object = { text: `${seq} `, messageId: 'm', block: 0 },
  fromSeq = seq,
): string => `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ fromSeq, seq, ...ids, type, data })}\n\n`;

export const readerEvent = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ ...ids, type, data })}\n\n`;

export const completed = (seq: number): string => frame(seq, 'run.completed', { result: { text: 'x' } });

/** An event stream with these parts; `then` says what becomes of the connection. */
export const stream =
  (parts: readonly string[], then: 'end' | 'break' | 'hang' = 'end'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 1000\n\n${parts.join('')}`, () => {
      if (then === 'end') response.end();
      else if (then === 'break') response.destroy();
    });
  };
