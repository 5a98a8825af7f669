/** The time that a run may take, without the time for which people are waited for. */
export class RunClock {
  private leftMs: number;
  private startedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly ring: () => void,
  ) {
    this.leftMs = limitMs;
    this.start();
  }

  /** Milliseconds of it that have passed. */
  get usedMs(): number {
    const running = this.timer === undefined ? 0 : performance.now() - this.startedAt;
    return Math.max(0, this.limitMs - this.leftMs) + running;
  }

  waits(waiting: boolean): void {
    if (waiting) this.stop();
    else this.start();
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.leftMs = Math.max(0, this.leftMs - (performance.now() - this.startedAt));
  }

  private start(): void {
    if (this.timer !== undefined) return;
    this.startedAt = performance.now();
    this.timer = setTimeout(this.ring, this.leftMs);
  }
}
