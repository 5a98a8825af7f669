import { describe, expect, it } from 'vitest';
import { type RunRecord } from './run.types.js';
import { RunAttempts } from './run-attempts.js';
import { type Claim } from './run.store.js';

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
const away = (): Promise<never> => Promise.reject(new Error('Connection is closed.'));

/** All that the way to an attempt asks, of a worker whose Redis leaves at one place of it. */
function attempts(): RunAttempts {
  const parts: Record<string, unknown>[] = [
    { tellProgress: () => Promise.resolve() },
    {},
    { of: () => ({}) },
    { cli: () => Promise.resolve({ version: '1' }) },
    {},
    { limits: () => ({}) },
    {},
    { begin: away },
    {},
    {
      of: () => {
        throw new Error('planted');
      },
    },
    { workerId: 'w' },
    { options: { quietMs: 5000, wedgedMs: 60_000 } },
    {},
    { noteRun: () => undefined },
    { refusal: () => null, changes: () => null },
    {},
  ];
  return new RunAttempts(...(parts as unknown as ConstructorParameters<typeof RunAttempts>));
}

const claim = (attempt: number, run: Partial<RunRecord>): Claim =>
  ({ attempt, epoch: 1, run: { id: 'r', request: { prompt: 'x' }, progress: null, degraded: null, ...run } }) as never;
const work = { hold: { process: null }, writer: {}, tell: undefined } as never;

describe('what goes wrong on the way to an attempt', () => {
  it.each([
    [
      'a Redis that leaves before a step of the ladder',
      claim(1, { degraded: { step: 'api', why: 'cli.crashed' } }),
      'queue.unavailable',
    ],
    ['a Redis that leaves before it can go on', claim(2, {}), 'queue.unavailable'],
    ['a defect', claim(1, {}), 'internal.error'],
  ])('is an outcome, and leaves no timer: %s', async (_name, asked, code) => {
    const before = timers();
    const outcome = await attempts().carry(asked, away, work);
    expect(outcome).toMatchObject({ state: 'failed', error: { code } });
    expect(timers()).toBe(before);
  });
});
