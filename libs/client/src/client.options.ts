import { type EventType } from './event.types.js';

/** How often and how fast a failed connection is tried again. */
export interface RetryOptions {
  /** Tries in a row that bring nothing, before `client.unreachable`. `Infinity` is allowed. */
  readonly attempts: number;
  /** Milliseconds before the first retry; doubled each time. Each wait is between half and the whole of it, at random. */
  readonly firstDelayMs: number;
  /** The longest wait in milliseconds, what a server asks for by `Retry-After` excepted. */
  readonly maxDelayMs: number;
}

export type Transport = 'sse' | 'socket';

export interface StewardClientOptions {
  /** Address of the server, without the API's path. */
  readonly url?: string;
  /** Several servers over the same Redis: when one fails, the next one is asked. Instead of `url`. */
  readonly urls?: readonly string[];
  /** API key, where the server has any. */
  readonly key?: string;
  /** How runs are followed. Default: `sse`. Browsers allow six connections per server for `sse`; a socket is shared. */
  readonly transport?: Transport;
  /**
   * Default: for calls 9 attempts, from 200 ms to 5 s, which outlasts a restart and a key that a
   * killed server left blocked (10 s); for followers 30, from 200 ms to 10 s.
   */
  readonly retry?: Partial<RetryOptions>;
  /** Milliseconds after which a call without an answer has failed; `execute` waits for ever. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds of silence after which a stream counts as lost; the server beats every 15 s. Default: 45,000. */
  readonly silenceMs?: number;
}

export interface WiderFollowOptions {
  /** Ends the iteration by throwing the signal's reason. */
  readonly signal?: AbortSignal;
  /** Event types to hand on, `tool.*` for a group; the terminal ones always come. Default: all. */
  readonly types?: readonly (EventType | `${string}.*`)[];
  readonly transport?: Transport;
  /** Default: the client's. An attempt that brought anything begins the count anew. */
  readonly retry?: Partial<RetryOptions>;
}

export interface FollowOptions extends WiderFollowOptions {
  /** Seq of the last event that you have. Default: 0, from the start. */
  readonly after?: number;
  /** Whether pieces of text and thinking are wanted. Default: true. */
  readonly deltas?: boolean;
}

export interface FollowSessionOptions extends WiderFollowOptions {
  /** A `position` of an earlier reader of this session. Default: from its first run on. */
  readonly after?: string;
  /** Whether pieces of text and thinking are wanted. Default: true. */
  readonly deltas?: boolean;
}

export interface FollowAllOptions extends WiderFollowOptions {
  /** A `position` of an earlier reader. Default: from the oldest event that is kept. */
  readonly after?: string;
}

export const CALL_RETRY: RetryOptions = { attempts: 9, firstDelayMs: 200, maxDelayMs: 5000 };
export const FOLLOW_RETRY: RetryOptions = { attempts: 30, firstDelayMs: 200, maxDelayMs: 10_000 };
export const TIMEOUT_MS = 30_000;
export const SILENCE_MS = 45_000;
