import { ClaudeError } from '../error/index.js';
import { type Deferred } from '../stream/index.js';

/**
 * Waits until a process is ready, and makes that fail when it takes too long or is no longer wanted.
 *
 * @throws ClaudeError `cli.start_timed_out`; the signal's reason; whatever `ready` was rejected with
 */
export async function awaitReady(ready: Deferred, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const giveUp = () => ready.reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const timer = setTimeout(() => ready.reject(new ClaudeError('cli.start_timed_out', { timeoutMs })), timeoutMs);
  try {
    await ready.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
