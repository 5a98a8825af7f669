import { ClaudeError } from '../error/index.js';
import { type Frame } from './frame.types.js';
import { type IndexTail } from './index-tail.js';
import { gapFrame, type PlacedFrame, type WideFollowOptions, type WideFrames } from './placed-frame.types.js';
import { BEGINNING, type IndexEntry, type RunIndexStore } from './run-index.store.js';
import { type FollowOptions } from './run-reader.js';
import { sessionRunsKey } from './stream-keys.js';

export interface SessionSources {
  readonly index: RunIndexStore;
  readonly tail: IndexTail;
  readonly follow: (runId: string, options: FollowOptions) => AsyncGenerator<readonly Frame[], void, undefined>;
  /** State of a run's log; null when it is gone. */
  readonly head: (runId: string) => Promise<{ readonly lastSeq: number } | null>;
}

/** The runs of one session, one after the other, as they ran, until the session is closed. */
export class SessionFollower {
  private readonly key: string;
  /** Entry of the run that was read last. */
  private entry = BEGINNING;

  constructor(
    private readonly sessionId: string,
    private readonly sources: SessionSources,
    private readonly options: WideFollowOptions,
  ) {
    this.key = sessionRunsKey(sessionId);
  }

  async *frames(): WideFrames {
    const { index, tail } = this.sources;
    const { signal } = this.options;
    const begun = await this.begin();
    if (begun.gap) yield [this.gap(begun.gap)];
    if (begun.runId) yield* this.run(begun.runId, begun.seq);
    let gone: string | null = null;
    while (!signal.aborted) {
      const seen = tail.cursor;
      const { entries, isGap } = await index.after(this.key, this.entry);
      if (isGap && this.entry !== BEGINNING && entries.length === 0 && !(await index.last(this.key))) return;
      for (const { id, fields } of entries) {
        this.entry = id;
        if (signal.aborted || fields['c']) return;
        const runId = fields['r']!;
        const isThere = (await this.sources.head(runId)) !== null;
        // Those whose retention has passed come first; one word for all of them is enough.
        if (isThere && gone) yield [this.gap(gone)];
        gone = isThere ? null : runId;
        if (isThere) yield* this.run(runId, 0);
      }
      if (entries.length > 0) continue;
      if (gone) yield [this.gap(gone)];
      gone = null;
      await tail.beyond(seen, signal);
    }
  }

  /** Finds the place that the reader named. */
  private async begin(): Promise<{ runId?: string; seq: number; gap?: string }> {
    const { after } = this.options;
    if (after === '0') return { seq: 0 };
    const { runId, seq } = sessionPosition(after);
    const entry = await this.find(runId);
    if (!entry) return { seq: 0, gap: runId };
    this.entry = entry.id;
    return { runId, seq };
  }

  private async find(runId: string): Promise<IndexEntry | null> {
    for (let id = BEGINNING; ;) {
      const { entries } = await this.sources.index.after(this.key, id);
      const found = entries.find(({ fields }) => fields['r'] === runId);
      if (found) return found;
      if (entries.length === 0) return null;
      id = entries.at(-1)!.id;
    }
  }

  private async *run(runId: string, after: number): WideFrames {
    const { signal, isBehind, types, deltas, terminal } = this.options;
    const options: FollowOptions = {
      after,
      signal,
      types,
      deltas,
      ...(isBehind ? { isBehind } : {}),
      ...(terminal ? { terminal: () => terminal(runId) } : {}),
    };
    try {
      for await (const frames of this.sources.follow(runId, options))
        yield frames.map((frame) => ({
          ...frame,
          runId,
          sessionId: this.sessionId,
          position: `${runId}:${frame.seq}`,
        }));
    } catch (error) {
      if (!(error instanceof ClaudeError) || error.code !== 'run.not_found') throw error;
      yield [this.gap(runId)];
    }
  }

  private gap(runId: string): PlacedFrame {
    return { ...gapFrame(null, null), runId: null, sessionId: this.sessionId, position: `${runId}:0` };
  }
}

/**
 * Reads `<runId>:<seq>`.
 *
 * @throws ClaudeError `request.invalid`
 */
export function sessionPosition(text: string): { readonly runId: string; readonly seq: number } {
  const [, runId, seq] = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(text) ?? [];
  if (runId && seq) return { runId, seq: Number(seq) };
  throw ClaudeError.invalid([{ field: 'after', reason: 'must be the id of an event of this stream, 0 or end' }]);
}
