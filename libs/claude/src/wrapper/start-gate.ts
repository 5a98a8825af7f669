const WINDOW_MS = 1000;

export interface StartBounds {
  readonly startsAtOnce: number;
  readonly startsPerSecond: number;
}

/** Who waits for a start, first come first served. */
interface Waiter {
  readonly go: () => void;
}

/**
 * Bounds how many agent processes start at the same time and in a second, so that a storm of starts neither takes all
 * CPU of the host from those that work nor fails by slowness.
 */
export class StartGate {
  private starting = 0;
  /** When the last starts began; not more than there may be in a second. */
  private begun: number[] = [];
  private readonly waiting: Waiter[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bounds: StartBounds,
    private readonly tell: (waiting: number) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Resolves when a start may begin; call what it gives when that has ended, however.
   *
   * @param signal gives up; its reason is thrown
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.tell(this.waiting.length);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        go: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.admit();
    });
    return () => {
      this.starting -= 1;
      this.admit();
    };
  }

  private admit(): void {
    const before = this.waiting.length;
    while (this.waiting.length > 0 && this.mayStart()) {
      this.starting += 1;
      this.begun.push(this.now());
      this.waiting.shift()?.go();
    }
    if (this.waiting.length !== before || before > 0) this.tell(this.waiting.length);
    this.wake();
  }

  private mayStart(): boolean {
    const since = this.now() - WINDOW_MS;
    this.begun = this.begun.filter((at) => at > since);
    return this.starting < this.bounds.startsAtOnce && this.begun.length < this.bounds.startsPerSecond;
  }

  /** Those who wait for the second to pass; who waits for another start is woken by its end. */
  private wake(): void {
    const [oldest] = this.begun;
    if (this.timer || this.waiting.length === 0 || oldest === undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.admit();
      },
      Math.max(1, oldest + WINDOW_MS - this.now()),
    );
  }
}
