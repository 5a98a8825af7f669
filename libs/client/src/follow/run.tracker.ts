import { isFrame, isTerminal, type RunItem } from '../event.types.js';
import { type Received, type Tracker } from './source.types.js';

/** The order of one run: every frame follows the last one, or the snapshot or gap in between. */
export class RunTracker implements Tracker<number, RunItem> {
  private lastFrame: number;

  constructor(public place: number) {
    this.lastFrame = place;
  }

  take({ item }: Received): RunItem | 'known' | 'gap' {
    if (!isFrame(item)) {
      if (item.type !== 'stream.stalled') this.place = Math.max(this.place, item.data.throughSeq ?? 0);
      return item;
    }
    if (item.seq <= this.lastFrame) return 'known';
    // What lies before a snapshot's end is in the snapshot; the frame behind it may still count from the last frame.
    if (item.fromSeq !== this.place + 1 && item.fromSeq !== this.lastFrame + 1) return 'gap';
    this.lastFrame = item.seq;
    this.place = Math.max(this.place, item.seq);
    return item;
  }

  begin(): void {
    // A run begins where it was asked for.
  }

  isLast({ item }: Received): boolean {
    return isTerminal(item);
  }
}
