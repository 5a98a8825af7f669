import { type ExchangeWatcher } from './exchange.js';

/** For requests that cost nothing: they pass, and nobody counts. */
export const silentWatcher: ExchangeWatcher = {
  answered: () => [],
  passed: () => undefined,
  ended: () => Promise.resolve(),
};
