import { type PlacedItem } from '../event.types.js';
import { type Received, type Tracker } from './source.types.js';

/** The order of all of a principal's runs: what the server says; places are opaque. */
export class FeedTracker implements Tracker<string, PlacedItem> {
  constructor(public place: string) {}

  take({ item, position }: Received): PlacedItem | 'known' | 'gap' {
    if (position !== '' && position === this.place) return 'known';
    this.place = position || this.place;
    return { ...item, position: this.place };
  }

  begin(position: string): void {
    if (this.place === 'end') this.place = position;
  }

  isLast(): boolean {
    return false;
  }
}
