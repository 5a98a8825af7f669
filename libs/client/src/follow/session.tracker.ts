import { isFrame, type PlacedItem, type RunItem } from '../event.types.js';
import { RunTracker } from './run.tracker.js';
import { type Received, type Tracker } from './source.types.js';

const END = 'end';

/** The order of a session: its runs one after the other, each whole. A place is `<runId>:<seq>`. */
export class SessionTracker implements Tracker<string, PlacedItem> {
  private runId: string;
  private run: RunTracker;

  constructor(public place: string) {
    [this.runId, this.run] = placeIn(place);
  }

  begin(position: string): void {
    if (this.place !== END) return;
    this.place = position;
    [this.runId, this.run] = placeIn(position);
  }

  take(received: Received): PlacedItem | 'known' | 'gap' {
    const { item } = received;
    const runId = item.runId ?? '';
    const run = runId === this.runId ? this.run : new RunTracker(this.beginningOf(item));
    const taken: RunItem | 'known' | 'gap' = run.take(received);
    if (taken === 'known' || taken === 'gap') return taken;
    this.runId = runId;
    this.run = run;
    this.place = received.position || `${runId}:${run.place}`;
    return { ...taken, position: this.place };
  }

  /** Every run begins at its first event, but for the one that a reader of what is to come finds running. */
  private beginningOf(item: RunItem): number {
    return this.place === END && isFrame(item) ? item.fromSeq - 1 : 0;
  }

  isLast(): boolean {
    return false;
  }
}

function placeIn(place: string): [runId: string, run: RunTracker] {
  const [runId = '', seq = '0'] = place.split(':');
  return [runId, new RunTracker(Number(seq) || 0)];
}
