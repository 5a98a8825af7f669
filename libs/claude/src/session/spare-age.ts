/**
 * Whether a spare has waited too long to be lent. The CLI keeps the date that it tells the model from when it first needs it,
 * which for a spare is when it makes itself ready: one of yesterday would date its session wrongly.
 *
 * @param ageMs since it was started
 */
export function isTooOld(ageMs: number, maxAgeMs: number, now = new Date()): boolean {
  return ageMs > maxAgeMs || new Date(now.getTime() - ageMs).toDateString() !== now.toDateString();
}
