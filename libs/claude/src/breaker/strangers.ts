/** Beyond so many users for whom it failed, it fails for everybody. */
const MAX_FAILING = 10_000;

/**
 * Users of something that is shut because it failed for others. It may well work for them: it is open to each until they
 * meet the failure, and once more some time after that, so that what is wrong with one user keeps nobody else out, and
 * what is wrong for all is not asked much more often.
 */
export class Strangers {
  /** Who met the failure, and when last. */
  private readonly failing = new Map<string, number>();

  /** @param againMs for so long a user who met the failure does not try by themselves */
  constructor(
    private readonly againMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** It fails for this user. */
  failed(who: string): void {
    this.failing.set(who, this.now());
  }

  mayTry(who: string): boolean {
    const failedAt = this.failing.get(who);
    if (failedAt === undefined) return this.failing.size < MAX_FAILING;
    return this.now() - failedAt >= this.againMs;
  }

  /** It is open to all again. */
  clear(): void {
    this.failing.clear();
  }
}
