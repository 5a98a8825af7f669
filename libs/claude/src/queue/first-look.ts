/**
 * When a run has begun for so long, the CLI waits for the model. Before that it works at the prompt, and a look at the
 * workspace, some dozens of small questions to the file system, would take the processors from it.
 */
const LOOK_MS = 100;

/** What there is when a run begins: looked at when somebody needs it, after a while, or at the end; once, and then kept. */
export class FirstLook<T> {
  private readonly timer: NodeJS.Timeout;
  private taking: Promise<T> | undefined;
  private keeping: Promise<void> | undefined;

  /** @param look looks, now; `keep` writes down what was seen. Neither may throw. */
  constructor(
    private readonly look: () => Promise<T>,
    private readonly keep: (seen: T) => Promise<void>,
  ) {
    this.timer = setTimeout(() => void this.kept(), LOOK_MS);
  }

  /** Resolves when it was looked at, which begins now where nobody has begun. */
  taken(): Promise<T> {
    clearTimeout(this.timer);
    this.taking ??= this.look();
    this.keeping ??= this.taking.then((seen) => this.keep(seen));
    return this.taking;
  }

  /** The same, and it is written down. */
  async kept(): Promise<void> {
    await this.taken();
    await this.keeping;
  }

  /** Nobody needs it any more; what was begun is waited for. */
  async leave(): Promise<void> {
    clearTimeout(this.timer);
    await this.keeping;
  }
}
