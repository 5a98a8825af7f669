import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Exchange, type Recording, type Shape, shapeOf } from './recording.js';

export interface ReplayApi {
  readonly url: string;
  /** Answers that nobody has asked for yet. */
  readonly left: () => number;
  /** Requests for which the recording has no answer. */
  readonly missed: () => number;
  close(): Promise<void>;
}

/** A Messages API on loopback that gives the answers of a recording again, as fast as they are taken. */
export async function startReplayApi(recording: Recording): Promise<ReplayApi> {
  const left = [...recording.exchanges];
  let missed = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method !== 'POST') return void response.end();
    const found = best(left, (request.url ?? '').split('?')[0]!, shapeOf(Buffer.concat(chunks).toString()));
    if (!found) {
      missed += 1;
      return refuse(response);
    }
    left.splice(left.indexOf(found), 1);
    play(found, response);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => left.length,
    missed: () => missed,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * The answer that fits best, the first of those that fit alike. What a tool said may differ from the recording, the
 * conversation may be shorter: so nothing but the path has to be the same.
 */
function best(left: readonly Exchange[], path: string, asked: Shape): Exchange | undefined {
  const score = ({ shape }: Exchange): number =>
    Number(shape.last === asked.last) * 8 +
    Number(shape.messages === asked.messages) * 4 +
    Number(shape.stream === asked.stream) * 2 +
    Number(shape.model === asked.model);
  const fitting = left.filter((exchange) => exchange.path === path);
  return fitting.reduce<Exchange | undefined>(
    (chosen, exchange) => (chosen && score(chosen) >= score(exchange) ? chosen : exchange),
    undefined,
  );
}

function play({ status, headers, lines, how }: Exchange, response: ServerResponse): void {
  if (status === null) return void response.destroy();
  response.writeHead(status, { ...headers });
  for (const line of lines) response.write(`${line}\n`);
  if (how === 'answered' || how === 'failed') response.end();
  // The CLI left this answer: it will again.
  else if (how !== 'aborted') response.socket?.end(() => response.destroy());
}

function refuse(response: ServerResponse): void {
  const error = { type: 'invalid_request_error', message: 'The recording has no further answer.' };
  response.writeHead(400, { 'content-type': 'application/json', 'x-should-retry': 'false' });
  response.end(JSON.stringify({ type: 'error', error }));
}
