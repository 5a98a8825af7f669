import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { type RunRequest, type StewardClient } from '@steward/client';
import { type BenchSocket, type Frame } from './readers.js';

interface First {
  readonly runId: string;
  /** From the moment that the request is sent to the first text that the client has. */
  readonly firstMs: number;
}

export type FirstDelta = (request: RunRequest) => Promise<First>;

const DELTA = /^event: text\.delta$/m;

/** One connection that stays open. */
function connection(url: string) {
  const agent = new Agent({ keepAlive: true });
  const open = async (method: string, path: string, headers: OutgoingHttpHeaders = {}, body = '') => {
    const request = httpRequest(`${url}/api/v1/claude${path}`, { agent, method, headers });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer.setEncoding('utf8');
  };
  const post = (path: string, request: RunRequest) => {
    const body = JSON.stringify(request);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return open('POST', path, headers, body);
  };
  return { post, get: (path: string) => open('GET', path) };
}

/** Reads to the end. @returns when the first text was there (milliseconds of `performance.now()`) */
async function firstIn(answer: IncomingMessage): Promise<number> {
  let at = Number.NaN;
  let seen = '';
  for await (const piece of answer) {
    if (!Number.isNaN(at)) continue;
    seen += piece;
    if (DELTA.test(seen)) at = performance.now();
  }
  return at;
}

/** Runs a prompt as any program does that speaks HTTP, and follows it in the same answer. */
export function firstOverHttp(url: string): FirstDelta {
  const { post } = connection(url);
  return async (request) => {
    const began = performance.now();
    const answer = await post('/execute/stream', request);
    const runId = answer.headers.location!.split('/').at(-1)!;
    return { runId, firstMs: (await firstIn(answer)) - began };
  };
}

/** The same with two requests: one that accepts the run, one that follows it. */
export function firstOfTwo(url: string): FirstDelta {
  const { post, get } = connection(url);
  return async (request) => {
    const began = performance.now();
    let text = '';
    for await (const piece of await post('/execute/async', request)) text += piece;
    const { id } = JSON.parse(text) as { id: string };
    return { runId: id, firstMs: (await firstIn(await get(`/processes/${id}/events`))) - began };
  };
}

/** Submits a run with the product's own client and follows it; resolves when it has ended. */
export const firstOverSse =
  (client: StewardClient): FirstDelta =>
  async (request) => {
    const began = performance.now();
    let firstMs = Number.NaN;
    const { id } = await client.submit(request);
    for await (const item of client.follow(id)) {
      if (item.type === 'text.delta' && Number.isNaN(firstMs)) firstMs = performance.now() - began;
    }
    return { runId: id, firstMs };
  };

/** The same with the run's frames on the socket that asked for it. */
export const firstOverSocket =
  (socket: BenchSocket): FirstDelta =>
  (request) =>
    new Promise((done) => {
      const began = performance.now();
      let firstMs = Number.NaN;
      const take = ({ type }: Frame) => {
        if (type === 'text.delta' && Number.isNaN(firstMs)) firstMs = performance.now() - began;
      };
      const end = ({ id }: { readonly id: string }) => {
        socket.off('claude:progress', take);
        done({ runId: id, firstMs });
      };
      socket.on('claude:progress', take);
      socket.once('claude:complete', end);
      socket.once('claude:error', end);
      void socket.emitWithAck('claude:execute', request);
    });
