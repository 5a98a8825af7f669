/** A spare process as its age is judged. */
export interface Aged {
  readonly madeAt: Date;
  readonly ageMs: number;
}

/**
 * Whether a spare has waited too long to be lent. The CLI keeps the date that it tells the model from when it first needs it,
 * which for a spare is when it makes itself ready: one of yesterday would date its session wrongly.
 */
export function isTooOld({ madeAt, ageMs }: Aged, maxAgeMs: number, now = new Date()): boolean {
  return ageMs > maxAgeMs || madeAt.toDateString() !== now.toDateString();
}
