import { choice, integer, list, string } from './setting.builders.js';

const HOUR = 3_600_000;

/** What counts as an outage, and what runs do meanwhile (docs/outages.md). */
export const OUTAGE_SETTINGS = {
  breakerFailures: integer('STEWARD_BREAKER_FAILURES', {
    group: 'Outages',
    initial: 6,
    min: 1,
    max: 1_000_000,
    about:
      'Failures within the window, at least, before a breaker opens: of one model, one credential, or the start of agent processes on one worker.',
  }),
  breakerPercent: integer('STEWARD_BREAKER_PERCENT', {
    group: 'Outages',
    initial: 50,
    min: 1,
    max: 100,
    about:
      'A breaker opens when so many percent of a user’s requests failed, to so many percent of the users. One user alone opens none while others are served, and none for those who have not met the failure.',
  }),
  breakerWindowMs: integer('STEWARD_BREAKER_WINDOW_MS', {
    group: 'Outages',
    initial: 60_000,
    min: 1000,
    max: HOUR,
    about: 'Milliseconds of the past that count.',
  }),
  breakerOpenMs: integer('STEWARD_BREAKER_OPEN_MS', {
    group: 'Outages',
    initial: 5000,
    min: 10,
    max: HOUR,
    about: 'Milliseconds until an open breaker lets one probe through; doubled each time that one fails.',
  }),
  breakerMaxOpenMs: integer('STEWARD_BREAKER_MAX_OPEN_MS', {
    group: 'Outages',
    initial: 60_000,
    min: 10,
    max: HOUR,
    about: 'The longest time between two probes, in milliseconds.',
  }),
  onOutage: choice('STEWARD_ON_OUTAGE', ['wait', 'fail', 'degrade'], {
    group: 'Outages',
    initial: 'wait',
    about:
      'What runs do behind an open breaker that say no `onOutage`: go on when it lets them through, fail at once with `breaker.open`, or go down the ladder.',
  }),
  outageMaxWaitMs: integer('STEWARD_OUTAGE_MAX_WAIT_MS', {
    group: 'Outages',
    initial: 6 * HOUR,
    min: 0,
    max: 7 * 24 * HOUR,
    about: 'Milliseconds that a run waits for the end of an outage before it fails, from when it first did.',
  }),
  apiFallbackModel: string('STEWARD_API_FALLBACK_MODEL', {
    group: 'Outages',
    initial: 'claude-sonnet-4-6',
    about:
      'Model that answers with `fallback: "api"` where the run names none, or one whose full name is not known (an alias that the CLI has not resolved yet).',
  }),
  allowedOnOutage: list('STEWARD_ALLOWED_ON_OUTAGE', {
    group: 'Policy',
    initial: ['wait', 'fail', 'degrade'],
    pattern: /^(wait|fail|degrade)$/,
    about: 'What a request may name in `onOutage`.',
  }),
  apiFallback: choice('STEWARD_API_FALLBACK', ['off', 'on'], {
    group: 'Policy',
    initial: 'off',
    about:
      'Whether a request may ask for `fallback: "api"`: when the CLI cannot answer, the Messages API does so itself, with the conversation of the session and without tools.',
  }),
} as const;
