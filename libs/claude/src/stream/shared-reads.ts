/** Reads that are remembered; older ones are simply read again. */
const MAX_KEPT = 512;
/** A log is given out no longer than this after it was removed. */
const KEPT_MS = 1000;

/**
 * Readers of one process who are at the same place of a log read it once. What was read is shared for a moment, while one of
 * them still has it in hand, so that many readers of one large event hold it once and not once each.
 */
export class SharedReads<T extends object> {
  private readonly underWay = new Map<string, Promise<T>>();
  private readonly kept = new Map<string, { readonly found: WeakRef<T>; readonly at: number }>();

  /** @param isFinal whether a later read would find the same; what is not final is never given to somebody else */
  async get(key: string, isFinal: (found: T) => boolean, load: () => Promise<T>): Promise<T> {
    const known = this.known(key);
    if (known) return known;
    const pending = this.underWay.get(key);
    const other = pending && (await pending);
    if (other && isFinal(other)) return other;
    const own = load();
    this.underWay.set(key, own);
    try {
      const found = await own;
      if (isFinal(found)) this.keep(key, found);
      return found;
    } finally {
      if (this.underWay.get(key) === own) this.underWay.delete(key);
    }
  }

  private known(key: string): T | undefined {
    const kept = this.kept.get(key);
    return kept && performance.now() - kept.at < KEPT_MS ? kept.found.deref() : undefined;
  }

  private keep(key: string, found: T): void {
    this.kept.delete(key);
    this.kept.set(key, { found: new WeakRef(found), at: performance.now() });
    if (this.kept.size <= MAX_KEPT) return;
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest!);
  }
}
