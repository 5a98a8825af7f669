import { type RetryOptions } from '../client.options.js';
import { ClientError } from '../client.error.js';
import { givenUp } from '../http/api.caller.js';
import { Backoff, pause } from '../http/backoff.js';
import { ConnectionLost } from '../http/connection-lost.error.js';
import { ProblemError } from '../problem.error.js';
import { type Ending, type Life, type Source, type Tracker } from './source.types.js';

/** Times in a row that a server may send a sequence with a hole before it counts as broken. */
const MAX_GAPS = 3;

export interface FollowerOptions {
  readonly retry: RetryOptions;
  readonly signal: AbortSignal | undefined;
  /** Codes by which a stream that was once open ends in peace. */
  readonly closedBy: readonly string[];
}

/**
 * A stream of events as an async iterator that outlives its connections. Iterate it once at a time; a later iteration
 * goes on where the last one stopped. Leaving the loop closes the connection.
 */
export class Follower<Item, Place> implements AsyncIterable<Item> {
  constructor(
    private readonly source: Source<Place>,
    private readonly tracker: Tracker<Place, Item>,
    private readonly options: FollowerOptions,
  ) {}

  /** Where this reader is: give it as `after`, to this client or another one, and the stream goes on behind it. */
  get position(): Place {
    return this.tracker.place;
  }

  /** @throws ProblemError, ClientError, or the reason of the signal */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    const { retry, signal } = this.options;
    const backoff = new Backoff(retry);
    const state = { opened: false, gaps: 0 };
    for (;;) {
      signal?.throwIfAborted();
      let lost = new ConnectionLost('the connection ended before the stream did');
      try {
        const ending = yield* this.connection(backoff, state);
        if (ending === 'over') return;
        if (ending === 'again') continue;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (state.opened && error instanceof ProblemError && this.options.closedBy.includes(error.code)) return;
        if (!(error instanceof ConnectionLost)) throw error;
        lost = error;
      }
      const delayMs = backoff.next();
      if (delayMs === undefined) throw givenUp(lost);
      await pause(Math.max(delayMs, lost.retryAfterMs), signal);
    }
  }

  private async *connection(
    backoff: Backoff,
    state: { opened: boolean; gaps: number },
  ): AsyncGenerator<Item, Ending, undefined> {
    const leave = new AbortController();
    const { signal } = this.options;
    const life: Life = {
      opened: () => (state.opened = true),
      placed: (position) => this.tracker.begin(position),
      // A server that beats and sends holes does not count as one that works.
      alive: () => state.gaps === 0 && backoff.reset(),
    };
    const bound = signal ? AbortSignal.any([signal, leave.signal]) : leave.signal;
    const received = this.source.open(this.tracker.place, life, bound);
    try {
      for (;;) {
        const next = await received.next();
        if (next.done) return next.value;
        const item = this.tracker.take(next.value);
        if (item === 'known') continue;
        if (item === 'gap') {
          state.gaps += 1;
          if (state.gaps < MAX_GAPS) throw new ConnectionLost('the stream had a hole');
          throw new ClientError('client.protocol', 'The server sends a stream with a hole in its sequence.');
        }
        state.gaps = 0;
        life.alive();
        yield item;
        if (this.tracker.isLast(next.value)) return 'over';
      }
    } finally {
      leave.abort();
      await received.return('over');
    }
  }
}
