/**
 * A state with two edges, so that it does not flutter: it is entered after so many bad looks in a row, and left after as
 * many good ones. What is neither leaves it as it is.
 */
export class Hysteresis {
  private count = 0;
  private entered = false;

  /** @param looks in a row that turn it */
  constructor(private readonly looks: number) {}

  get isEntered(): boolean {
    return this.entered;
  }

  look({ bad, good }: { readonly bad: boolean; readonly good: boolean }): void {
    this.count = (this.entered ? good : bad) ? this.count + 1 : 0;
    if (this.count < this.looks) return;
    this.entered = !this.entered;
    this.count = 0;
  }
}
