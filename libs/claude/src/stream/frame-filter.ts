import { isTerminal } from './event.schema.js';
import { type Frame } from './frame.types.js';
import { isDeltaType } from './log-pieces.js';
import { READER_EVENTS } from './reader-event.schema.js';

/** What a reader wants; everything, when nothing is said. */
export interface FrameFilterOptions {
  /** Names of event types, or beginnings of names: `tool.*`. */
  readonly types?: readonly string[] | undefined;
  /** False: whole messages only. */
  readonly deltas?: boolean | undefined;
}

/**
 * Leaves out what a reader does not want. A frame's `fromSeq` then goes back to what the reader got before, so that it
 * can still tell that it missed nothing. The terminal event and the reader's own events always pass.
 */
export class FrameFilter {
  private readonly names: ReadonlySet<string>;
  private readonly beginnings: readonly string[];

  constructor(
    private readonly options: FrameFilterOptions,
    private position: number,
  ) {
    const { types = [] } = options;
    this.names = new Set(types.filter((type) => !type.endsWith('*')));
    this.beginnings = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));
  }

  apply(frames: readonly Frame[]): readonly Frame[] {
    if (!this.options.types && this.options.deltas !== false) return frames;
    const wanted: Frame[] = [];
    for (const frame of frames) {
      if (!this.wants(frame.type)) continue;
      wanted.push({ ...frame, fromSeq: this.position + 1 });
      this.position = frame.seq;
    }
    return wanted;
  }

  private wants(type: string): boolean {
    if (isTerminal(type) || type === 'stream.gap') return true;
    // Without deltas there is no text that a snapshot could replace.
    if (type in READER_EVENTS) return this.wants('text.delta') || this.wants('thinking.delta');
    if (this.options.deltas === false && isDeltaType(type)) return false;
    if (!this.options.types) return true;
    return this.names.has(type) || this.beginnings.some((beginning) => type.startsWith(beginning));
  }
}
