import { inRun } from './met.js';
import { OneServer } from './one.server.js';
import { group, type Scenario } from './scenario.types.js';

const after =
  (prompt: string): Scenario<OneServer> =>
  async (world) =>
    inRun(await world.run({ prompt }));

/** What the model provider answers, through the real CLI. */
export const MODEL_GROUP = group(
  'the model provider',
  () =>
    OneServer.start({
      cold: true,
      env: {
        STEWARD_API_MAX_RETRIES: '0',
        STEWARD_API_TIMEOUT_MS: '4000',
        STEWARD_MODEL_STALL_MS: '1500',
        STEWARD_WORKER_CONCURRENCY: '5',
      },
    }),
  {
    'auth.failed': after('[[error 401]]'),
    'model.billing': after('[[error 402]]'),
    'model.failed': after('[[error 500]]'),
    'model.invalid_request': after('[[error 400]]'),
    'model.not_found': after('[[error 404]]'),
    'model.overloaded': after('[[error 529]]'),
    'model.prompt_too_long': after('[[error 413]]'),
    'model.rate_limited': after('[[error 429]]'),
    'model.stalled': after('[[hang stream after=3]] [[text n=9]]'),
    'model.refused': after('[[stop refusal]]'),
    'model.unreachable': after('[[cut after=3]] [[text n=9]]'),
  },
);

/** Something that failed too often, and is left alone. */
export const OUTAGE_GROUP = group(
  'an outage',
  () => OneServer.start({ env: { STEWARD_BREAKER_FAILURES: '1', STEWARD_BREAKER_OPEN_MS: '3600000' } }),
  {
    'breaker.open': async (world) => {
      await world.run({ prompt: '[[error 500]]', onOutage: 'fail' });
      return inRun(await world.run({ prompt: '[[say x]]', onOutage: 'fail' }));
    },
  },
);
