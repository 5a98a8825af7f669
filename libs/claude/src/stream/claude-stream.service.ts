import { Injectable } from '@nestjs/common';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { BATCH_BYTES, BatchReader } from './batch-reader.js';
import { isTerminal } from './event.schema.js';
import { type Frame, type LogHead } from './frame.types.js';
import { type LogTail } from './log-tail.js';
import { LogTailer } from './log-tailer.js';
import { LogWriter } from './log-writer.js';
import { mergeFrames } from './merge-frames.js';
import { RunLogStore } from './run-log.store.js';

/** How a reader reads. */
export interface FollowOptions {
  /** Seq of the last event that the reader has; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
  /** Whether the reader could not take the last batch at once: then deltas come merged until it has caught up. */
  readonly isBehind?: () => boolean;
}

/** The logs of all runs: one writer each, any number of readers, each at its own position. */
@Injectable()
export class ClaudeStreamService {
  constructor(
    private readonly log: RunLogStore,
    private readonly tailer: LogTailer,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  head(runId: string): Promise<LogHead | null> {
    return this.log.head(runId);
  }

  /** A page of history: up to `limit` events after a position. */
  history(runId: string, after: number, limit: number): Promise<Frame[]> {
    return this.log.read(runId, after, limit);
  }

  /**
   * Takes the next epoch of a run: from here on only the returned writer can append.
   * Null when the run has ended or is gone.
   */
  async takeOver(runId: string): Promise<{ writer: LogWriter; epoch: number } | null> {
    const head = await this.log.takeEpoch(runId);
    return head && { writer: this.writer(runId, head), epoch: head.epoch };
  }

  /** A writer for an epoch that the caller holds already (the accepting api: 0). */
  writer(runId: string, head: Pick<LogHead, 'epoch' | 'lastSeq'>): LogWriter {
    const onAppended = (count: number) => this.metrics.count('eventsAppended', {}, count);
    return new LogWriter(this.log, { runId, epoch: head.epoch, lastSeq: head.lastSeq, onAppended });
  }

  /**
   * Every event after a position, in order, first those in the log, then live ones, until the terminal event.
   * A reader that takes its time is simply behind: nothing is buffered for it.
   *
   * @throws ClaudeError `run.not_found` when there is no such log (any more)
   */
  async *follow(runId: string, options: FollowOptions): AsyncGenerator<readonly Frame[], void, undefined> {
    const tail = await this.tailer.follow(runId);
    if (!tail) throw new ClaudeError('run.not_found');
    this.metrics.add('readers', 1);
    try {
      yield* this.frames(runId, tail, options);
    } finally {
      this.metrics.add('readers', -1);
      this.tailer.release(runId, tail);
    }
  }

  private async *frames(runId: string, tail: LogTail, options: FollowOptions): AsyncGenerator<readonly Frame[]> {
    const { after, signal, isBehind } = options;
    const reader = new BatchReader(this.log, runId);
    if (after >= tail.cursor && (await this.log.head(runId))?.ended) {
      // The terminal event may have come between the two looks.
      const rest = await reader.read(after);
      if (rest.length > 0) yield rest;
      return;
    }
    for (let position = after; !signal.aborted;) {
      const batch = tail.after(position, BATCH_BYTES) ?? (await reader.read(position));
      const last = batch.at(-1);
      if (last) {
        yield isBehind?.() ? mergeFrames(batch) : batch;
        if (isTerminal(last.type)) return;
        position = last.seq;
      } else if (tail.cursor > position) {
        // The tail knows of events that neither it nor Redis has: the log was removed.
        throw new ClaudeError('run.not_found');
      } else {
        await tail.beyond(position, signal);
      }
    }
  }
}
