/** Rings when it ran for so long without being restarted. */
export class HoldClock {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly holdMs: number,
    private readonly ring: () => void,
  ) {}

  start(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ring, this.holdMs);
  }

  restart(): void {
    if (this.timer) this.start();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
