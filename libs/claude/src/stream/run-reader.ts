import { ClaudeError } from '../error/index.js';
import { isTerminal } from './event.schema.js';
import { FrameFilter, type FrameFilterOptions } from './frame-filter.js';
import { type Frame } from './frame.types.js';
import { BATCH_BYTES, LogReader } from './log-reader.js';
import { type LogTail } from './log-tail.js';
import { mergeFrames } from './merge-frames.js';
import { type RunLogStore } from './run-log.store.js';

/** The first event of a run is in its log before anybody hears of it; one that does not come by then is looked for. */
const NEW_WAIT_MS = 1000;

/** How a reader reads. */
export interface FollowOptions extends FrameFilterOptions {
  /** Seq of the last event that the reader has; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
  /** Whether the reader could not take the last batch at once: then deltas come merged until it has caught up. */
  readonly isBehind?: () => boolean;
  /** Who asks has just had the run as its owner, it had told nothing but its acceptance, and all of it is wanted: neither is looked up again. */
  readonly isNew?: boolean;
  /** The terminal event of an ended run whose log is gone already, for as long as its record is kept. */
  readonly terminal?: () => Promise<Frame | null>;
}

/** One reader of one run, from a position to the terminal event: first what is in the log, then what comes. */
export class RunReader {
  private readonly reader: LogReader;
  private readonly filter: FrameFilter;
  private position: number;
  /** Seq of the terminal event, where the run had ended before the tail heard of it; 0 otherwise. */
  private endSeq = 0;

  constructor(
    private readonly log: RunLogStore,
    private readonly runId: string,
    private readonly tail: LogTail,
    private readonly options: FollowOptions,
  ) {
    this.reader = new LogReader(log, runId);
    this.filter = new FrameFilter(options, options.after);
    this.position = options.after;
  }

  /** @throws ClaudeError `run.not_found` when the log is gone and nobody knows its end */
  async *frames(): AsyncGenerator<readonly Frame[], void, undefined> {
    const { signal, isBehind, isNew = false } = this.options;
    const isSeen = isNew && (await this.tail.hasSoon(this.position, NEW_WAIT_MS, signal));
    if (!isSeen && (await this.isPast())) return;
    while (!signal.aborted) {
      const batch = await this.next();
      const last = batch.at(-1);
      if (last) {
        const wanted = this.filter.apply(isBehind?.() ? mergeFrames(batch) : batch);
        if (wanted.length > 0) yield wanted;
        if (isTerminal(last.type)) return;
        this.position = last.seq;
      } else if (Math.max(this.tail.lastSeq, this.endSeq) > this.position) {
        // The tail, or the record, knows of events that neither it nor Redis has: the log was removed.
        yield await endOfGone(this.log, this.runId, this.position, this.options.terminal);
        return;
      } else {
        await this.tail.beyond(this.position, signal);
      }
    }
  }

  /**
   * Looks where the log stands.
   *
   * @returns whether the reader has all of a run that has ended
   * @throws ClaudeError `run.not_found` when there is no such run (any more)
   */
  private async isPast(): Promise<boolean> {
    if (this.position >= this.tail.lastSeq) {
      const head = await this.log.head(this.runId);
      if (!head) throw new ClaudeError('run.not_found');
      if (head.ended && this.position >= head.lastSeq) return true;
      if (head.ended) this.endSeq = head.lastSeq;
    }
    await this.reader.begin(this.position);
    return false;
  }

  /** From memory, where that goes back far enough; a reader before a cut has to see the snapshot first. */
  private async next(): Promise<readonly Frame[]> {
    const fromLog = this.reader.owesSnapshot || this.tail.lastSeq < this.endSeq;
    const kept = fromLog ? null : this.tail.after(this.position, BATCH_BYTES);
    return kept ?? this.reader.read(this.position);
  }
}

/**
 * What is left to say of a run whose log is gone: that it is, and how the run ended.
 *
 * @throws ClaudeError `run.not_found` when that is not known either
 */
export async function endOfGone(
  log: RunLogStore,
  runId: string,
  position: number,
  terminal: FollowOptions['terminal'],
): Promise<readonly Frame[]> {
  const head = await log.head(runId);
  const last = head?.ended ? await terminal?.() : null;
  if (!last) throw new ClaudeError('run.not_found');
  const [fromSeq, throughSeq] = [position + 1, last.seq - 1];
  if (fromSeq > throughSeq) return [last];
  const dataJson = JSON.stringify({ fromSeq, throughSeq });
  return [{ fromSeq, seq: throughSeq, at: last.at, type: 'stream.gap', dataJson }, last];
}
