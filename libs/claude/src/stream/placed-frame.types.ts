import { type FrameFilterOptions } from './frame-filter.js';
import { type Frame } from './frame.types.js';

/** A frame of a stream of many runs. */
export interface PlacedFrame extends Frame {
  /** Run and session that it belongs to; null for a gap that is wider than one run. */
  readonly runId: string | null;
  readonly sessionId: string | null;
  /** Where to go on after this frame. */
  readonly position: string;
}

/** How a reader reads a stream of many runs. */
export interface WideFollowOptions extends FrameFilterOptions {
  /** A position of this stream, `0` for all that is kept, `end` for what is to come. */
  readonly after: string;
  readonly signal: AbortSignal;
  readonly isBehind?: () => boolean;
  /** The terminal event of an ended run whose log is gone already. */
  readonly terminal?: (runId: string) => Promise<Frame | null>;
}

export type WideFrames = AsyncGenerator<readonly PlacedFrame[], void, undefined>;

/** What is said where events are gone. */
export const gapFrame = (fromSeq: number | null, throughSeq: number | null): Frame => ({
  fromSeq: fromSeq ?? 0,
  seq: throughSeq ?? 0,
  at: new Date().toISOString(),
  type: 'stream.gap',
  dataJson: JSON.stringify({ fromSeq, throughSeq }),
});
