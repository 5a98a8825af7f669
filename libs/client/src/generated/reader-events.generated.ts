// Made by `npm run generate` from the tables of the server; edit those.

import { type SnapshotSegment } from './event-shapes.generated.js';

/** Data of an event that belongs to one reader, by its type. */
export interface ReaderEventDataMap {
  /** The log of the run outgrew its bound and its oldest deltas were cut: this stands for all of them up to `throughSeq`. Whatever text a reader has, it replaces. Events of other types up to there came before it. */
  'stream.snapshot': {
    /** Position that the text goes up to; the next frame follows it. */
    readonly throughSeq: number;
    /** The text of the answer so far, without void deltas. */
    readonly text: string;
    /** The thinking so far, without void deltas. */
    readonly thinking: string;
    /** What `text` and `thinking` are made of, in order. A later `text.replaced` voids the segments of its message within its range. */
    readonly segments: readonly SnapshotSegment[];
  };
  /** Events that the reader asked for are no longer kept: their retention has passed. What follows begins after `throughSeq`. */
  'stream.gap': {
    /** First seq that is gone; null where whole runs may be. */
    readonly fromSeq: number | null;
    /** Last seq that is gone; null where whole runs may be. */
    readonly throughSeq: number | null;
  };
  /** The reader took nothing for STEWARD_READER_STALL_MS; the connection is closed. It can come back and loses nothing. */
  'stream.stalled': {
    /** Position behind the last event that was sent; for a run its seq. */
    readonly position: string;
  };
}
