import { type RetryOptions } from '../client.options.js';

/** Waits between tries: doubled each time up to a bound, spread at random so that not all come back at once. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly options: RetryOptions,
    private readonly random: () => number = Math.random,
  ) {}

  /** Something was got: what fails from here on fails for the first time. */
  reset(): void {
    this.failures = 0;
  }

  /** @returns milliseconds until the next try; undefined when there is none left */
  next(): number | undefined {
    const { attempts, firstDelayMs, maxDelayMs } = this.options;
    this.failures += 1;
    if (this.failures >= attempts) return undefined;
    const whole = Math.min(maxDelayMs, firstDelayMs * 2 ** (this.failures - 1));
    return whole * (0.5 + this.random() / 2);
  }
}

/** Resolves after a time; rejects with the signal's reason when that comes first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
