import { integer } from './setting.builders.js';

const HOUR = 3_600_000;

/** When a run goes back to waiting, and how often. */
export const RETURN_SETTINGS = {
  runAttempts: integer('STEWARD_RUN_ATTEMPTS', {
    group: 'Runs',
    initial: 3,
    min: 1,
    max: 100,
    about:
      'Attempts of a run that may fail in a way that passes, or be lost with their worker, before the run fails; for requests that say no `maxAttempts`. A hand-over at shutdown and a limit that is waited for do not count.',
  }),
  runMaxAttempts: integer('STEWARD_RUN_MAX_ATTEMPTS', {
    group: 'Runs',
    initial: 10,
    min: 1,
    max: 100,
    about: 'Largest `maxAttempts` that a request may ask for.',
  }),
  retryBaseMs: integer('STEWARD_RETRY_BASE_MS', {
    group: 'Runs',
    initial: 2000,
    min: 1,
    max: HOUR,
    about:
      'Bound of the wait before the second attempt, in milliseconds; it doubles with each further one. The wait is a random part of the bound (full jitter).',
  }),
  retryMaxMs: integer('STEWARD_RETRY_MAX_MS', {
    group: 'Runs',
    initial: 5 * 60_000,
    min: 1,
    max: 24 * HOUR,
    about: 'Longest wait between two attempts, in milliseconds.',
  }),
  retryBudgetFloor: integer('STEWARD_RETRY_BUDGET_FLOOR', {
    group: 'Runs',
    initial: 30,
    min: 0,
    max: 1_000_000,
    about:
      'Attempts of all workers together that may be repeated in a minute, whatever else; a run beyond the budget fails with its error, or waits (`onOutage`). Runs of a worker that was lost do not count.',
  }),
  retryBudgetPercent: integer('STEWARD_RETRY_BUDGET_PERCENT', {
    group: 'Runs',
    initial: 20,
    min: 0,
    max: 1000,
    about: 'How many more, in percent of the runs that began in the last minute.',
  }),
  reconcileMs: integer('STEWARD_RECONCILE_MS', {
    group: 'Runs',
    initial: 3000,
    min: 200,
    max: 60_000,
    about:
      'Milliseconds between two looks for what a crash left of runs: those whose worker is gone, and ends that were not finished. One worker at a time looks; twice as long after its death another does.',
  }),
  parkAfterMs: integer('STEWARD_PARK_AFTER_MS', {
    group: 'Runs',
    initial: 30_000,
    min: 0,
    max: 24 * HOUR,
    about:
      'A limit of the model provider that lasts longer than so many milliseconds parks the runs of the caller who met it until it is over, as the provider says; a shorter one is a failure that passes, and is retried.',
  }),
  retryAfterMaxMs: integer('STEWARD_RETRY_AFTER_MAX_MS', {
    group: 'Runs',
    initial: HOUR,
    min: 1000,
    max: 30 * 24 * HOUR,
    about:
      'Longest that the word of the model provider when to come again is believed, in milliseconds: of a limit that is said to last longer, or for ever, it is asked again after so long.',
  }),
} as const;
