import { once } from 'node:events';

/**
 * Waits for what others wait for as well, and no longer than it is wanted here.
 *
 * @throws the signal's reason; whatever the promise was rejected with
 */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => signal.throwIfAborted());
  try {
    return (await Promise.race([promise, aborted])) as T;
  } finally {
    over.abort();
  }
}
