import { type CallerRows, fieldsOf, readRows, rowOf } from './caller-rows.js';

/** What one caller may have of the workers. */
export interface Share {
  /** Runs started for each one of a caller with weight 1, while both have some waiting; 1 to 1,000. */
  readonly weight: number;
  /** Runs that may have a place at once; 0: any number. */
  readonly concurrency: number;
  /** Runs that may wait at once; 0: as many as the server takes. */
  readonly maxWaiting: number;
}

export type Shares = CallerRows<Share>;

const EQUAL: Share = { weight: 1, concurrency: 0, maxWaiting: 0 };

export const shareOf = (shares: Shares, caller: { tenant: string; user: string }): Share =>
  rowOf(shares, caller) ?? EQUAL;

/** @throws Error whose message says which row is wrong and why */
export const readShares = (value: unknown): Shares => readRows(value, share);

function share(value: unknown, where: string): Share {
  const row = fieldsOf(value, where, Object.keys(EQUAL));
  return {
    weight: whole(row['weight'], EQUAL.weight, 1, 1000, `${where}.weight`),
    concurrency: whole(row['concurrency'], EQUAL.concurrency, 0, 100_000, `${where}.concurrency`),
    maxWaiting: whole(row['maxWaiting'], EQUAL.maxWaiting, 0, 1_000_000, `${where}.maxWaiting`),
  };
}

function whole(value: unknown, initial: number, min: number, max: number, where: string): number {
  if (value === undefined) return initial;
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new Error(`${where} has to be a whole number from ${min} to ${max}`);
}
