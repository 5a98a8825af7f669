/** Beyond so many users for whom it failed, it fails for everybody. */
const MAX_FAILING = 10_000;

/**
 * Users of something that is shut because it failed for others. It may well work for them: each may try once, with one
 * use, so that what is wrong with one user keeps nobody else out, and what is wrong for all is not asked much more often.
 */
export class Strangers {
  private readonly failing = new Set<string>();
  private readonly trying = new Set<string>();

  /** It fails for this user. */
  failed(who: string): void {
    this.failing.add(who);
  }

  mayTry(who: string): boolean {
    return !this.failing.has(who) && !this.trying.has(who) && this.failing.size < MAX_FAILING;
  }

  /** @returns call it when the use is over */
  try(who: string): () => void {
    this.trying.add(who);
    return () => void this.trying.delete(who);
  }

  /** It is open to all again. */
  clear(): void {
    this.failing.clear();
    this.trying.clear();
  }
}
