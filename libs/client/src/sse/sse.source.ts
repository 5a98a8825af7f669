import { ClientError } from '../client.error.js';
import { type RunItem } from '../event.types.js';
import { type Ending, type Life, type Received, type Source } from '../follow/source.types.js';
import { type ApiCaller } from '../http/api.caller.js';
import { ConnectionLost } from '../http/connection-lost.error.js';
import { queryOf } from '../http/query.js';
import { ProblemError } from '../problem.error.js';
import { notSilent } from './silence.watch.js';
import { SseParser } from './sse.parser.js';

export interface SseOptions {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly silenceMs: number;
}

/** A stream by Server-Sent Events. The body is read only as fast as its events are taken. */
export class SseSource<Place extends string | number> implements Source<Place> {
  constructor(
    private readonly caller: ApiCaller,
    private readonly options: SseOptions,
  ) {}

  async *open(after: Place, life: Life, signal: AbortSignal): AsyncGenerator<Received, Ending> {
    const { path, query, silenceMs } = this.options;
    const call = {
      method: 'GET' as const,
      path: `${path}${queryOf({ ...query, after: after === '' ? undefined : after })}`,
      headers: { accept: 'text/event-stream' },
    };
    // The request ends with the silence, too: nobody would read its answer any more.
    const leave = new AbortController();
    try {
      const asked = this.caller.open(call, AbortSignal.any([signal, leave.signal])).catch(lostWhenLimited);
      const response = await notSilent(asked, silenceMs);
      if (response.status === 204) return 'over';
      const type = response.headers.get('content-type') ?? '';
      if (!response.body || !type.startsWith('text/event-stream')) {
        throw new ClientError('client.protocol', `${response.url} answered ${type || 'nothing'}, not an event stream`);
      }
      life.opened();
      return yield* this.read(response.body.getReader(), life);
    } finally {
      leave.abort();
    }
  }

  private async *read(reader: ReadableStreamDefaultReader<Uint8Array>, life: Life): AsyncGenerator<Received, Ending> {
    const parser = new SseParser();
    const decoder = new TextDecoder();
    let isFirst = true;
    for (;;) {
      const { done, value } = await notSilent(reader.read(), this.options.silenceMs).catch(lost);
      if (done) return 'lost';
      // The head of the stream comes from every server that accepts, also from one that then serves nothing.
      if (!isFirst) life.alive();
      isFirst = false;
      for (const message of parser.push(decoder.decode(value, { stream: true })))
        if (message.event === '') life.placed(message.id);
        else yield { item: itemOf(message.data), position: message.id };
    }
  }
}

function itemOf(json: string): RunItem {
  try {
    return JSON.parse(json) as RunItem;
  } catch (cause) {
    throw new ClientError('client.protocol', 'The server sent an event that is not JSON.', { cause });
  }
}

/** A reader waits for a place: its own dead connection may still count. */
function lostWhenLimited(error: unknown): never {
  if (!(error instanceof ProblemError) || error.status !== 429 || !error.problem.retryable) throw error;
  throw new ConnectionLost(error.message, { cause: error, retryAfterMs: error.retryAfterMs });
}

function lost(cause: unknown): never {
  throw cause instanceof ConnectionLost ? cause : new ConnectionLost('the connection broke off', { cause });
}
