import { type RunItem } from '../event.types.js';

/** What one connection brought. */
export interface Received {
  readonly item: RunItem;
  /** Position in a stream of several runs; empty in the stream of one. */
  readonly position: string;
}

/** How a connection ended: nothing follows ever; it broke off; or we left it and want to go on at once. */
export type Ending = 'over' | 'lost' | 'again';

/** Signs of life of a connection. */
export interface Life {
  /** The server accepted it. */
  opened(): void;
  /** It said where it begins, before any event. */
  placed(position: string): void;
  /** It brought something, be it a heartbeat. */
  alive(): void;
}

/** One connection at a time to a stream of events. */
export interface Source<Place> {
  /**
   * Gives what comes after a place for as long as the connection holds.
   *
   * @throws ConnectionLost when another try may help, ProblemError or ClientError when none will
   */
  open(after: Place, life: Life, signal: AbortSignal): AsyncGenerator<Received, Ending>;
}

/** Knows what a stream's order has to be. */
export interface Tracker<Place, Item> {
  readonly place: Place;
  /** What to hand on; `known` for what was handed on before, `gap` where something is missing. */
  take(received: Received): Item | 'known' | 'gap';
  /** The server says where the stream begins for this reader: what `end` means. */
  begin(position: string): void;
  isLast(received: Received): boolean;
}
