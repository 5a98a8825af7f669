import {
  type Frame,
  type Page,
  type Problem,
  type Run,
  type RunRequest,
  type Session,
  type SlashCommand,
} from './api.types.js';
import { ProblemError } from './problem.error.js';
import { SseParser } from './sse-parser.js';

export interface StewardClientOptions {
  /** Address of the server, without the API's path. */
  readonly url: string;
  /** API key, where the server has any. */
  readonly key?: string;
}

type ListOptions = Readonly<{ limit?: number; cursor?: string }>;

const PREFIX = '/api/v1/claude';

/** The API's calls, typed. Everything that the server refuses is a `ProblemError`. */
export class StewardClient {
  constructor(private readonly options: StewardClientOptions) {}

  /** Accepts a run. */
  submit(request: RunRequest, options: { readonly idempotencyKey?: string } = {}): Promise<Run> {
    const headers: Record<string, string> =
      options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };
    return this.call('POST', '/execute/async', request, headers);
  }

  /** Runs and waits for the end. */
  execute(request: RunRequest & { readonly onDisconnect?: 'continue' | 'cancel' }, signal?: AbortSignal): Promise<Run> {
    return this.call('POST', '/execute', request, {}, signal);
  }

  run(id: string): Promise<Run> {
    return this.call('GET', `/processes/${encodeURIComponent(id)}`);
  }

  runs(options: ListOptions & Readonly<{ state?: string; sessionId?: string }> = {}): Promise<Page<Run>> {
    return this.call('GET', `/processes${queryOf(options)}`);
  }

  cancel(id: string): Promise<Run> {
    return this.call('DELETE', `/processes/${encodeURIComponent(id)}`);
  }

  createSession(metadata?: Readonly<Record<string, string>>): Promise<Session> {
    return this.call('POST', '/sessions', metadata === undefined ? {} : { metadata });
  }

  session(id: string): Promise<Session> {
    return this.call('GET', `/sessions/${encodeURIComponent(id)}`);
  }

  sessions(options: ListOptions = {}): Promise<Page<Session>> {
    return this.call('GET', `/sessions${queryOf(options)}`);
  }

  /** Slash commands and skills that a run of this session may name. */
  async commands(sessionId: string): Promise<readonly SlashCommand[]> {
    const path = `/sessions/${encodeURIComponent(sessionId)}/commands`;
    return (await this.call<{ readonly data: readonly SlashCommand[] }>('GET', path)).data;
  }

  closeSession(id: string): Promise<Session> {
    return this.call('DELETE', `/sessions/${encodeURIComponent(id)}`);
  }

  /** A page of a run's history. */
  history(id: string, after = 0, limit = 200): Promise<Page<Frame>> {
    const path = `/processes/${encodeURIComponent(id)}/events${queryOf({ after, limit })}`;
    return this.call('GET', path, undefined, { accept: 'application/json' });
  }

  /** Every frame after a position, until the terminal one, over one connection. */
  async *follow(id: string, after = 0, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const path = `/processes/${encodeURIComponent(id)}/events${queryOf({ after })}`;
    const response = await this.request('GET', path, undefined, { accept: 'text/event-stream' }, signal);
    if (!response.body) return;
    const parser = new SseParser();
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      for (const { data } of parser.push(decoder.decode(chunk, { stream: true }))) yield JSON.parse(data) as Frame;
    }
  }

  private async call<T>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const response = await this.request(method, path, body, headers, signal);
    return (await response.json()) as T;
  }

  private async request(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { url, key } = this.options;
    const response = await fetch(`${url}${PREFIX}${path}`, {
      method,
      headers: {
        ...headers,
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) throw new ProblemError((await response.json()) as Problem);
    return response;
  }
}

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(Object.fromEntries(given) as Record<string, string>).toString();
  return text ? `?${text}` : '';
}
