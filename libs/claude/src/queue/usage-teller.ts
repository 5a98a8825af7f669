import { type EventData } from '../stream/index.js';

type Used = EventData<'usage'>;

/** Figures of one answer come several at once; whoever reads them sees no difference so soon. */
const HOLD_MS = 50;

/** Tells what a run has used a moment later, so that the words that come with it come first, and fewer events are made. */
export class UsageTeller {
  private held: Used[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly emit: (data: Used) => void) {}

  /** Sums of all the run: the newest stands for those before it, but for what ended requests say of themselves. */
  note(used: Used): void {
    if (this.held.at(-1)?.request === undefined) this.held.pop();
    this.held.push(used);
    this.timer ??= setTimeout(() => this.flush(), HOLD_MS);
  }

  /** Tells what is held. Repeatable. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const used of this.held.splice(0)) this.emit(used);
  }
}
