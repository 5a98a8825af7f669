export interface Patience {
  /** Milliseconds without a byte. */
  readonly stallMs: number;
  /** Milliseconds without anything but pings. */
  readonly silenceMs: number;
}

/**
 * Notices when an answer that has begun says nothing any more. Bytes are noted as they pass, which costs a look at the
 * clock; one timer looks at what was noted.
 */
export class StallWatch {
  private byteAt = performance.now();
  private saidAt = this.byteAt;
  private said = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param progress grows with all that is said, pings excepted
   * @param isHeld whether who reads the answer is behind; then nobody can tell whether it is silent
   */
  constructor(
    private readonly patience: Patience,
    private readonly progress: () => number,
    private readonly isHeld: () => boolean,
    private readonly stalled: () => void,
  ) {
    this.look();
  }

  /** Something came. */
  note(): void {
    this.byteAt = performance.now();
    const said = this.progress();
    if (said === this.said) return;
    this.said = said;
    this.saidAt = this.byteAt;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const now = performance.now();
    if (this.isHeld()) this.byteAt = this.saidAt = now;
    const leftMs = Math.min(this.byteAt + this.patience.stallMs, this.saidAt + this.patience.silenceMs) - now;
    if (leftMs <= 0) return this.stalled();
    this.timer = setTimeout(() => this.look(), Math.ceil(leftMs)).unref();
  }
}
