import { type Ending, type Life, type Received, type Source } from '../follow/source.types.js';
import { Inbox } from './inbox.js';
import { type SharedSocket, streamOf } from './shared.socket.js';
import { type SocketPool } from './socket.pool.js';
import { type Followed, type SubscribeFilters, type Subscribed } from './socket.types.js';

/** A stream over a socket that it shares with others. */
export class SocketSource<Place extends string | number> implements Source<Place> {
  constructor(
    private readonly pool: SocketPool,
    private readonly followed: Followed,
    private readonly filters: SubscribeFilters,
    private readonly silenceMs: number,
  ) {}

  async *open(after: Place, life: Life, signal: AbortSignal): AsyncGenerator<Received, Ending> {
    const inbox = new Inbox();
    const stream = streamOf(this.followed);
    const stop = () => inbox.fail(signal.reason as Error);
    let silence: ReturnType<typeof setTimeout> | undefined;
    // Should the word that a session was closed get lost: whoever asks again is told.
    const rewind = () => {
      clearTimeout(silence);
      if ('sessionId' in this.followed) silence = setTimeout(() => inbox.leave(), this.silenceMs);
    };
    const socket = this.pool.lend(stream, inbox);
    signal.addEventListener('abort', stop, { once: true });
    try {
      // Whoever aborts does not wait for a server that may never answer.
      const subscribed = await Promise.race([this.subscribe(socket, after), abortOf(signal)]);
      life.opened();
      if (subscribed.position !== undefined) life.placed(subscribed.position);
      if (isOver(subscribed, after)) return 'over';
      rewind();
      for await (const received of inbox) {
        rewind();
        yield received;
      }
      return 'again';
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      await this.leave(socket, stream, signal);
    }
  }

  private async subscribe(socket: SharedSocket, after: Place): Promise<Subscribed> {
    await socket.opened();
    return socket.subscribe(this.followed, { ...this.filters, ...(after === '' ? {} : { after }) });
  }

  /** What was on its way to this reader must not reach the next one: it stays until the server has stopped. */
  private async leave(socket: SharedSocket, stream: string, signal: AbortSignal): Promise<void> {
    const isLast = socket.inboxes.size === 1;
    const stopped = isLast ? Promise.resolve() : socket.unsubscribe(this.followed);
    const left = stopped.finally(() => this.pool.giveBack(socket, stream));
    if (!signal.aborted) await left;
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Nothing will ever come for a reader that has the last event of an ended run. */
const isOver = ({ run }: Subscribed, after: string | number): boolean =>
  run !== undefined && run.endedAt !== null && typeof after === 'number' && after >= run.lastSeq;
