import { setTimeout as delay } from 'node:timers/promises';

/** How long everything may take to come to its end when nothing goes wrong any more. */
const SETTLE_MS = 240_000;

/** @returns whether this came to its end in time */
export async function settles(work: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const lateness = delay(SETTLE_MS, false, { signal: late.signal }).catch(() => false);
  const settled = await Promise.race([work.then(() => true), lateness]);
  late.abort();
  return settled;
}
