import { expect, it } from 'vitest';
import { SessionCrashes } from './crash/session-crashes.js';

/** The short form of `npm run crash`. */
it('sessions stay true and usable whatever is killed, and nothing is left of them', { timeout: 400_000 }, async () => {
  const { faults, moments } = await SessionCrashes.run(12, 5, () => undefined);
  expect(moments).toBe(12);
  expect(faults).toEqual([]);
});
