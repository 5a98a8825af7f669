import { AsyncLocalStorage } from 'node:async_hooks';

const context = new AsyncLocalStorage<string>();

/** In the middle of which run something happens: for what is caught by nobody, and belongs to somebody. */
export const runContext = {
  /** Everything that is called from here, also later. */
  within: <T>(runId: string, work: () => T): T => context.run(runId, work),

  /** The same for a function that is called from elsewhere: by a process that has served other runs before. */
  bind: <Args extends unknown[], T>(call: (...args: Args) => T): ((...args: Args) => T) => AsyncLocalStorage.bind(call),

  /** Id of the run; null outside of one. */
  get current(): string | null {
    return context.getStore() ?? null;
  },
} as const;
