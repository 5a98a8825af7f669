import { deferred } from './deferred.js';

/** Who waits for something that will come, or for their own signal. */
export class Waiters {
  private readonly waiting = new Set<() => void>();

  wake(): void {
    for (const resolve of this.waiting) resolve();
  }

  /** Resolves at the next `wake`, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = deferred();
    const wake = () => resolve();
    this.waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    this.waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
