import { ClaudeError } from '../error/index.js';
import { FrameFilter } from './frame-filter.js';
import { isTerminal } from './event.schema.js';
import { type Frame } from './frame.types.js';
import { type IndexTail } from './index-tail.js';
import { gapFrame, type PlacedFrame, type WideFollowOptions, type WideFrames } from './placed-frame.types.js';
import { BEGINNING, type IndexEntry, type RunIndexStore } from './run-index.store.js';
import { type RunLogStore } from './run-log.store.js';

export interface FeedSources {
  readonly index: RunIndexStore;
  readonly log: RunLogStore;
  readonly tail: IndexTail;
}

/** All runs of one owner, without deltas: an index says what happened when, the logs have it. */
export class FeedFollower {
  private readonly filters = new Map<string, FrameFilter>();

  constructor(
    private readonly key: string,
    private readonly sources: FeedSources,
    private readonly options: WideFollowOptions,
  ) {}

  async *frames(): WideFrames {
    const { index, tail } = this.sources;
    const { signal, after } = this.options;
    let position = after === '0' ? BEGINNING : after === 'end' ? await index.newest(this.key) : feedPosition(after);
    while (!signal.aborted) {
      const seen = tail.cursor;
      const { entries, isGap } = await index.after(this.key, position);
      const last = entries.at(-1)?.id ?? (isGap ? await index.newest(this.key) : position);
      const frames: PlacedFrame[] = [];
      // Whoever comes back after the gap begins with the oldest that is kept.
      if (isGap) frames.push({ ...gapFrame(null, null), runId: null, sessionId: null, position: BEGINNING });
      const found = await this.read(entries);
      for (const [at, entry] of entries.entries()) frames.push(...this.wanted(entry, found[at]!));
      if (frames.length > 0) yield frames;
      if (entries.length === 0 && !isGap) await tail.beyond(seen, signal);
      position = last;
    }
  }

  /** The frames of entries; where a log is gone, the run's record may still know its end. */
  private async read(entries: readonly IndexEntry[]): Promise<Frame[]> {
    const places = entries.map(({ fields }) => ({ runId: fields['r']!, seq: Number(fields['s']) }));
    const found = await this.sources.log.readEach(places);
    return Promise.all(
      entries.map(async ({ fields }, at) => {
        const [frame, { runId, seq }, fromSeq] = [found[at], places[at]!, Number(fields['f'])];
        const known = frame ?? (await this.options.terminal?.(runId));
        return known?.seq === seq ? { ...known, fromSeq } : gapFrame(fromSeq, seq);
      }),
    );
  }

  private wanted({ id, fields }: IndexEntry, frame: Frame): readonly PlacedFrame[] {
    const [runId, fromSeq] = [fields['r']!, Number(fields['f'])];
    const filter = this.filters.get(runId) ?? new FrameFilter(this.options, fromSeq - 1);
    if (isTerminal(frame.type)) this.filters.delete(runId);
    else this.filters.set(runId, filter);
    return filter.apply([frame]).map((one) => ({ ...one, runId, sessionId: fields['n'] ?? null, position: id }));
  }
}

/**
 * Checks a position of a feed.
 *
 * @throws ClaudeError `request.invalid`
 */
export function feedPosition(text: string): string {
  if (/^\d{1,15}-\d{1,15}$/.test(text)) return text;
  throw ClaudeError.invalid([{ field: 'after', reason: 'must be the id of an event of this stream, 0 or end' }]);
}
