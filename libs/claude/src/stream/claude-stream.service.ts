import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { FeedFollower } from './feed-follower.js';
import { FrameFilter } from './frame-filter.js';
import { type Frame, type LogHead } from './frame.types.js';
import { IndexTail } from './index-tail.js';
import { type LogSurvey, surveyLog } from './log-survey.js';
import { LogReader } from './log-reader.js';
import { LogTail } from './log-tail.js';
import { LogTailer } from './log-tailer.js';
import { LogWriter } from './log-writer.js';
import { type WideFollowOptions, type WideFrames } from './placed-frame.types.js';
import { RunIndexStore } from './run-index.store.js';
import { RunLogStore } from './run-log.store.js';
import { endOfGone, type FollowOptions, RunReader } from './run-reader.js';
import { SessionFollower } from './session-follower.js';
import { feedKey, logKey, sessionRunsKey } from './stream-keys.js';
import { type Tail } from './tail.types.js';

/** Bytes of one page of history, about; a page always has at least one frame. */
const HISTORY_BYTES = 4 * 1024 * 1024;

export type HistoryOptions = Omit<FollowOptions, 'signal' | 'isBehind'>;

/** The logs of all runs: one writer each, any number of readers, each at its own position. */
@Injectable()
export class ClaudeStreamService {
  constructor(
    private readonly log: RunLogStore,
    private readonly index: RunIndexStore,
    private readonly tailer: LogTailer,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /**
   * A page of history: about `limit` frames or 4 MiB after a position; empty behind the newest event.
   *
   * @returns the frames, and the position of the next page
   * @throws ClaudeError `run.not_found`
   */
  async history(runId: string, limit: number, options: HistoryOptions): Promise<{ data: Frame[]; position: number }> {
    const head = await this.log.head(runId);
    if (!head) throw new ClaudeError('run.not_found');
    const reader = new LogReader(this.log, runId, limit);
    const filter = new FrameFilter(options, options.after);
    await reader.begin(options.after);
    const data: Frame[] = [];
    let position = options.after;
    for (let bytes = 0; data.length < limit && bytes < HISTORY_BYTES && position < head.lastSeq;) {
      let frames: readonly Frame[] = await reader.read(position);
      if (frames.length === 0) frames = await endOfGone(this.log, runId, position, options.terminal);
      const wanted = filter.apply(frames);
      data.push(...wanted);
      bytes += wanted.reduce((sum, frame) => sum + frame.dataJson.length, 0);
      position = frames.at(-1)!.seq;
    }
    return { data, position };
  }

  /**
   * Takes the next epoch of a run: from here on only the returned writer can append.
   * Null when the run has ended or is gone.
   */
  async takeOver(runId: string): Promise<{ writer: LogWriter; epoch: number } | null> {
    const head = await this.log.takeEpoch(runId);
    return head && { writer: this.writer(runId, head), epoch: head.epoch };
  }

  /** What the log of a run holds, for who goes on with it. */
  survey(runId: string): Promise<LogSurvey> {
    return surveyLog(this.log, runId);
  }

  /** A writer for an epoch that the caller holds already (the accepting api: 0). */
  writer(runId: string, { epoch, lastSeq }: Pick<LogHead, 'epoch' | 'lastSeq'>): LogWriter {
    const { runLogBytes, runOutputBytes } = this.config.options;
    return new LogWriter(this.log, {
      runId,
      epoch,
      lastSeq,
      maxDeltaBytes: runLogBytes,
      maxOutputBytes: runOutputBytes,
      onAppended: (count) => this.metrics.count('eventsAppended', {}, count),
    });
  }

  /**
   * Every event after a position, in order, first those in the log, then live ones, until the terminal event.
   * A reader that takes its time is simply behind: nothing is buffered for it.
   *
   * @throws ClaudeError `run.not_found` when there is no such run (any more)
   */
  async *follow(runId: string, options: FollowOptions): AsyncGenerator<readonly Frame[], void, undefined> {
    const key = logKey(runId);
    const tail = await this.tailer.follow(key, async () => {
      if (options.isNew) return new LogTail(0);
      const head = await this.log.head(runId);
      return head && new LogTail(head.lastSeq);
    });
    if (!tail) throw new ClaudeError('run.not_found');
    yield* this.counted(key, tail, new RunReader(this.log, runId, tail, options).frames());
  }

  /**
   * The runs of a session, one after the other, until it is closed.
   *
   * @throws ClaudeError `request.invalid` when the position is none
   */
  async *followSession(sessionId: string, options: WideFollowOptions): WideFrames {
    const key = sessionRunsKey(sessionId);
    const tail = await this.indexTail(key);
    const follower = new SessionFollower(
      sessionId,
      {
        index: this.index,
        tail,
        follow: (runId, how) => this.follow(runId, how),
        head: (runId) => this.log.head(runId),
      },
      { ...options, after: options.after === 'end' ? await this.endOfSession(sessionId) : options.after },
    );
    yield* this.counted(key, tail, follower.frames());
  }

  /**
   * All runs of an owner, without deltas; it never ends by itself.
   *
   * @throws ClaudeError `request.invalid` when the position is none
   */
  async *followOwner(
    owner: { readonly tenant: string; readonly user: string },
    options: WideFollowOptions,
  ): WideFrames {
    const key = feedKey(owner);
    const tail = await this.indexTail(key);
    const follower = new FeedFollower(key, { index: this.index, log: this.log, tail }, options);
    yield* this.counted(key, tail, follower.frames());
  }

  /**
   * Where a session's stream ends for now: in the run that is under way, and not in one that waits behind it; `0` while
   * it is empty.
   */
  async endOfSession(sessionId: string): Promise<string> {
    let end = '0';
    for (const { fields } of await this.index.newestFirst(sessionRunsKey(sessionId))) {
      const runId = fields['r'];
      if (runId === undefined) continue;
      const head = await this.log.head(runId);
      if (end === '0' || (head && !head.ended)) end = `${runId}:${head?.lastSeq ?? 0}`;
      if (!head || head.ended) break;
    }
    return end;
  }

  /** Where the stream of an owner ends for now. */
  endOfOwner(owner: { readonly tenant: string; readonly user: string }): Promise<string> {
    return this.index.newest(feedKey(owner));
  }

  private async indexTail(key: string): Promise<IndexTail> {
    const open = async () => new IndexTail(await this.index.newest(key));
    return (await this.tailer.follow(key, open))!;
  }

  private async *counted<T>(key: string, tail: Tail, frames: AsyncGenerator<T, void, undefined>): AsyncGenerator<T> {
    this.metrics.add('readers', 1);
    try {
      yield* frames;
    } finally {
      this.metrics.add('readers', -1);
      this.tailer.release(key, tail);
    }
  }
}
