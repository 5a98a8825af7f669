/** Places for runs on one worker: as many as it may carry at once. */
export class RunPlaces {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly count: () => number) {}

  /** @returns false when all are taken */
  tryTake(): boolean {
    if (this.taken >= this.count()) return false;
    this.taken += 1;
    return true;
  }

  async take(): Promise<void> {
    if (this.tryTake()) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Gives one to who has waited longest. */
  release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken -= 1;
  }
}
