import {
  FOLLOW_RETRY,
  type FollowAllOptions,
  type FollowOptions,
  type FollowSessionOptions,
  type RetryOptions,
  type Transport,
  type WiderFollowOptions,
} from '../client.options.js';
import { type PlacedItem, type RunItem } from '../event.types.js';
import { type ApiCaller } from '../http/api.caller.js';
import { type Endpoints } from '../http/endpoints.js';
import { SocketPool } from '../socket/socket.pool.js';
import { SocketSource } from '../socket/socket.source.js';
import { type Followed } from '../socket/socket.types.js';
import { SseSource } from '../sse/sse.source.js';
import { FeedTracker } from './feed.tracker.js';
import { Follower, type FollowerOptions } from './follower.js';
import { RunTracker } from './run.tracker.js';
import { SessionTracker } from './session.tracker.js';
import { type Source } from './source.types.js';

export interface FollowersOptions {
  readonly caller: ApiCaller;
  readonly endpoints: Endpoints;
  readonly key: string | undefined;
  readonly transport: Transport;
  readonly silenceMs: number;
  readonly timeoutMs: number;
  readonly retry: Partial<RetryOptions>;
}

/** Makes followers: what is followed, over which transport, in which order. */
export class Followers {
  private readonly pool: SocketPool;

  constructor(private readonly options: FollowersOptions) {
    this.pool = new SocketPool(options.endpoints, options);
  }

  run(id: string, options: FollowOptions): Follower<RunItem, number> {
    const source = this.source<number>({ id }, `/processes/${encodeURIComponent(id)}/events`, options);
    return new Follower(source, new RunTracker(options.after ?? 0), this.reading(options, []));
  }

  session(sessionId: string, options: FollowSessionOptions): Follower<PlacedItem, string> {
    const source = this.source<string>({ sessionId }, `/sessions/${encodeURIComponent(sessionId)}/events`, options);
    const closedBy = ['session.not_found', 'session.closed'];
    return new Follower(source, new SessionTracker(options.after ?? ''), this.reading(options, closedBy));
  }

  all(options: FollowAllOptions): Follower<PlacedItem, string> {
    const source = this.source<string>({ feed: true }, '/events', options);
    return new Follower(source, new FeedTracker(options.after ?? ''), this.reading(options, []));
  }

  private reading({ signal, retry }: WiderFollowOptions, closedBy: readonly string[]): FollowerOptions {
    return { signal, retry: { ...FOLLOW_RETRY, ...this.options.retry, ...retry }, closedBy };
  }

  private source<Place extends string | number>(
    followed: Followed,
    path: string,
    { transport = this.options.transport, types, deltas }: WiderFollowOptions & { readonly deltas?: boolean },
  ): Source<Place> {
    const { caller, silenceMs } = this.options;
    if (transport === 'socket') {
      const filters = { ...(types ? { types } : {}), ...(deltas === undefined ? {} : { deltas }) };
      return new SocketSource(this.pool, followed, filters, silenceMs);
    }
    return new SseSource(caller, { path, query: { types: types?.join(','), deltas }, silenceMs });
  }
}
