import { io, type Socket } from 'socket.io-client';
import { type Problem } from '../generated/api.generated.js';
import { type RunItem } from '../event.types.js';
import { type Received } from '../follow/source.types.js';
import { ConnectionLost } from '../http/connection-lost.error.js';
import { ProblemError } from '../problem.error.js';
import { type Inbox } from './inbox.js';
import {
  type ClientEvents,
  type Followed,
  type ServerEvents,
  type SocketItem,
  type SocketRefusal,
  type SubscribeFilters,
  type Subscribed,
} from './socket.types.js';

export interface SharedSocketOptions {
  readonly url: string;
  readonly key: string | undefined;
  readonly silenceMs: number;
  readonly timeoutMs: number;
}

/** What frames of a followed stream are marked with. */
export const streamOf = (followed: Followed): string =>
  'id' in followed ? followed.id : 'sessionId' in followed ? `session:${followed.sessionId}` : 'feed';

/** One connection for many followers. It lives once: whoever lost it takes another one. */
export class SharedSocket {
  readonly inboxes = new Map<string, Inbox>();
  private readonly socket: Socket<ServerEvents, ClientEvents>;
  private readonly opening: Promise<void>;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private failOpening: (error: Error) => void = () => undefined;

  constructor(
    private readonly options: SharedSocketOptions,
    private readonly onLost: () => void,
  ) {
    const { url, key, timeoutMs } = options;
    this.socket = io(`${url}/claude`, {
      transports: ['websocket'],
      // Followers come back by themselves, each from its own place.
      reconnection: false,
      forceNew: true,
      timeout: timeoutMs,
      ...(key === undefined ? {} : { auth: { token: key } }),
    });
    // A server that dies, or stops, between opening the connection and letting us in says nothing at all.
    const late = setTimeout(() => this.close(), timeoutMs);
    this.opening = new Promise((resolve, reject) => {
      this.failOpening = reject;
      this.socket.once('connect', resolve);
      this.socket.once('connect_error', (error) => reject(this.refusal(error)));
    });
    void this.opening
      .then(
        () => this.watch(),
        (error: Error) => this.lose(error),
      )
      .finally(() => clearTimeout(late));
    this.socket.on('disconnect', (reason) => this.lose(new ConnectionLost(`the socket was closed: ${reason}`)));
    this.socket.on('claude:progress', (item) => this.deliver(item));
    this.socket.on('claude:complete', (item) => this.deliver(item));
    this.socket.on('claude:error', (item) => ('type' in item ? this.deliver(item) : this.refuse(item)));
    this.socket.on('claude:closed', ({ stream }) => this.inboxes.get(stream)?.leave());
    this.socket.on('claude:stalled', (place) => this.stalled(place));
  }

  /** @throws ConnectionLost, ProblemError */
  opened(): Promise<void> {
    return this.opening;
  }

  /** @throws ConnectionLost, ProblemError */
  async subscribe(followed: Followed, filters: SubscribeFilters): Promise<Subscribed> {
    const asked = this.socket.timeout(this.options.timeoutMs).emitWithAck('claude:subscribe', {
      ...followed,
      ...filters,
    });
    const answer = await asked.catch((cause: unknown) => {
      throw new ConnectionLost('the server did not answer a subscription', { cause });
    });
    if (answer.ok) return answer;
    throw this.problem(answer.error);
  }

  /** Resolves when nothing of it will come any more. */
  async unsubscribe(followed: Followed): Promise<void> {
    if (!this.socket.connected) return;
    const asked = this.socket.timeout(this.options.timeoutMs).emitWithAck('claude:unsubscribe', followed);
    await asked.catch(() => this.close());
  }

  close(): void {
    this.socket.disconnect();
    this.lose(new ConnectionLost('the socket was closed'));
  }

  private deliver(received: SocketItem): void {
    const { id, stream = id ?? '', position = '', ...rest } = received;
    const { run: _run, error: _error, ...item } = rest as typeof rest & { run?: unknown; error?: unknown };
    this.put(stream, { item, position });
  }

  private put(stream: string, received: Received): void {
    this.inboxes.get(stream)?.push(received);
  }

  private stalled({ id, stream = id ?? '', position }: Parameters<ServerEvents['claude:stalled']>[0]): void {
    const data = { position: String(position) };
    const item: RunItem = { at: new Date().toISOString(), runId: id, sessionId: null, type: 'stream.stalled', data };
    this.put(stream, { item, position: typeof position === 'string' ? position : '' });
  }

  private refuse({ id, stream = id ?? '', error }: SocketRefusal): void {
    this.inboxes.get(stream)?.fail(this.problem(error));
  }

  /** Engine.IO beats every few seconds; a connection without a packet is dead, whatever TCP thinks of it. */
  private watch(): void {
    const { engine } = this.socket.io;
    const rewind = () => {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.close(), this.options.silenceMs);
    };
    engine.on('packet', rewind);
    rewind();
  }

  private lose(error: Error): void {
    clearTimeout(this.silence);
    this.failOpening(error);
    this.socket.disconnect();
    for (const inbox of this.inboxes.values()) inbox.fail(error);
    this.onLost();
  }

  private refusal(error: Error & { readonly data?: Partial<Problem> }): Error {
    if (typeof error.data?.code === 'string') return this.problem(error.data as Problem);
    return new ConnectionLost(`${this.options.url} could not be reached`, { cause: error });
  }

  private problem(problem: Problem): Error {
    const error = new ProblemError(problem);
    return problem.retryable && (problem.status >= 500 || problem.status === 429)
      ? new ConnectionLost(problem.detail, { cause: error })
      : error;
  }
}
