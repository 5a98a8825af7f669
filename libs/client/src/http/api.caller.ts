import { type RetryOptions } from '../client.options.js';
import { ClientError } from '../client.error.js';
import { refusalOf } from './answer.js';
import { Backoff, pause } from './backoff.js';
import { ConnectionLost } from './connection-lost.error.js';
import { type Endpoints } from './endpoints.js';

const PREFIX = '/api/v1/claude';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** Bytes instead of JSON. */
  readonly content?: Uint8Array | Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; null: no bound. */
  readonly timeoutMs?: number | null;
  /** Whether doing it twice is the same as once. Others are repeated only when the server cannot have got them. */
  readonly repeatable?: boolean;
}

export interface CallerOptions {
  readonly endpoints: Endpoints;
  readonly key: string | undefined;
  readonly retry: RetryOptions;
  readonly timeoutMs: number;
}

/** Requests to whichever server answers. */
export class ApiCaller {
  constructor(private readonly options: CallerOptions) {}

  /** @throws ProblemError, ClientError, or the reason of the call's signal */
  json<T>(call: Call): Promise<T> {
    return this.repeat(call, bodyOf<T>);
  }

  /** The answer itself, whose body is still to be read: how long that takes has no bound here. */
  response(call: Call): Promise<Response> {
    return this.repeat({ ...call, timeoutMs: null }, (response) => Promise.resolve(response));
  }

  private async repeat<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const backoff = new Backoff(this.options.retry);
    const { signal, timeoutMs = this.options.timeoutMs } = call;
    for (;;) {
      try {
        const bounds = [...(signal ? [signal] : []), ...(timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)])];
        const response = await this.open(call, AbortSignal.any(bounds));
        return await read(response);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!(error instanceof ConnectionLost)) throw error;
        const delayMs = call.repeatable || error.unsent ? backoff.next() : undefined;
        if (delayMs === undefined) throw givenUp(error);
        await pause(Math.max(delayMs, error.retryAfterMs), signal);
      }
    }
  }

  /**
   * One try. Its answer's body is still to be read.
   *
   * @throws ConnectionLost when another try may help, else as `json`
   */
  async open({ method, path, body, content, headers }: Call, signal: AbortSignal): Promise<Response> {
    const { endpoints, key } = this.options;
    const url = endpoints.current;
    let response: Response;
    try {
      response = await fetch(`${url}${PREFIX}${path}`, {
        method,
        headers: {
          ...headers,
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(content === undefined ? {} : { body: content as Blob }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
    } catch (cause) {
      endpoints.failed(url);
      throw new ConnectionLost(`${url} could not be reached`, { cause, unsent: wasRefused(cause) });
    }
    if (response.ok) return response;
    const refusal = await refusalOf(response);
    if (refusal instanceof ConnectionLost) endpoints.failed(url);
    throw refusal;
  }
}

/** What the user sees of a try that was the last one: the server's own words, where it had any. */
export function givenUp(lost: ConnectionLost): Error {
  if (lost.cause instanceof Error && lost.cause.name === 'ProblemError') return lost.cause;
  return new ClientError('client.unreachable', lost.message, { cause: lost.cause ?? lost });
}

async function bodyOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new ClientError('client.protocol', `${response.url} did not answer with JSON`, { cause });
    }
    throw new ConnectionLost(`the answer of ${response.url} broke off`, { cause });
  }
}

/** Node says so; a browser does not, and then the request counts as sent. */
const wasRefused = (error: unknown): boolean =>
  error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';
