import { ClaudeError } from '../error/index.js';
import { type Deferred, deferred } from './deferred.js';
import { type EventData, type EventType, type NewEvent, type TerminalEventType } from './event.schema.js';
import { type RecordPatch } from './frame.types.js';
import { LogCutter } from './log-cutter.js';
import { type Appended, type LogEntry, type RunLogStore } from './run-log.store.js';

/** Bytes of events that may wait for Redis before the source has to pause. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Events of one append; a script blocks Redis while it runs. */
const MAX_BATCH = 512;
/** Appends that may wait for their answers at once. Redis takes them in their order, and none after one that failed. */
const MAX_UNDER_WAY = 2;

export interface LogWriterOptions {
  readonly runId: string;
  readonly epoch: number;
  readonly lastSeq: number;
  /** Bytes of deltas that may be in the log; beyond them the oldest are cut. */
  readonly maxDeltaBytes: number;
  /** Bytes of all events that the run may write. */
  readonly maxOutputBytes: number;
  readonly onAppended?: (count: number) => void;
}

/**
 * The one writer of a run's log. `push` gives the seq at once; what is pushed in one turn of the event loop goes into one
 * append, and what is pushed while as many as may be are under way goes into the next one, so that the batch grows with
 * the load and an idle log adds one round trip only.
 * When the run was lost to another epoch, `lost` aborts and every later call throws. When it wrote more than it may,
 * `exceeded` aborts; what is pushed until its source has stopped is written all the same.
 */
export class LogWriter {
  private readonly controller = new AbortController();
  private readonly excess = new AbortController();
  private readonly cutter: LogCutter;
  private queue: LogEntry[] = [];
  private queuedBytes = 0;
  /** Seq of the last event that was handed to Redis, and of the last one that was given a seq. */
  private sent: number;
  /** Redis has answered all up to here. */
  private appended: number;
  private latest: Promise<void> = Promise.resolve();
  private pushed: number;
  private underWay = 0;
  private since: number | null = null;
  private isDue = false;
  private settled: Deferred | undefined;
  private drained: Deferred | undefined;

  constructor(
    private readonly log: RunLogStore,
    private readonly options: LogWriterOptions,
  ) {
    this.sent = options.lastSeq;
    this.appended = options.lastSeq;
    this.pushed = options.lastSeq;
    this.cutter = new LogCutter(log, { ...options, maxBytes: options.maxDeltaBytes });
  }

  /** Aborted, with the reason, when this writer can no longer write. */
  get lost(): AbortSignal {
    return this.controller.signal;
  }

  /** Aborted, with the reason, when the run's events have grown beyond their bound. */
  get exceeded(): AbortSignal {
    return this.excess.signal;
  }

  get lastSeq(): number {
    return this.pushed;
  }

  /** Since when Redis has not answered what was written (epoch ms); null: nothing waits for it. */
  get unwrittenSince(): number | null {
    return this.since;
  }

  /** @returns the event's seq */
  push<T extends EventType>(type: T, data: EventData<T>): number {
    this.lost.throwIfAborted();
    const dataJson = JSON.stringify(data);
    this.queue.push({ type, at: new Date().toISOString(), dataJson });
    this.queuedBytes += dataJson.length;
    this.pushed += 1;
    this.sendSoon();
    return this.pushed;
  }

  pushEvent(event: NewEvent): number {
    return this.push(event.type, event.data);
  }

  /** Resolves when less than the high-water mark waits for Redis; await it before reading more from the source. */
  async ready(): Promise<void> {
    if (this.queuedBytes < HIGH_WATER_BYTES) return;
    this.drained ??= deferred();
    await this.drained.promise;
  }

  /** Sends what was pushed without waiting for more of this turn. Resolves when Redis has it, or never will. */
  async hurry(): Promise<void> {
    this.send();
    await this.latest;
  }

  /** Writes everything pushed so far. */
  async settle(): Promise<void> {
    if (!this.isSettled) await (this.settled ??= deferred()).promise;
    this.lost.throwIfAborted();
  }

  /** Writes the terminal event, and the record's last state, in one step. Nothing can follow. */
  async end<T extends TerminalEventType>(type: T, data: EventData<T>, patch: RecordPatch): Promise<number> {
    await this.last(type, data, patch, true);
    this.controller.abort(new ClaudeError('stream.ended', { runId: this.options.runId }));
    return this.pushed;
  }

  /** Writes this attempt's last event, and the record's state, in one step. Another attempt goes on with another writer. */
  async turn({ type, data }: NewEvent, patch: RecordPatch): Promise<void> {
    const { runId, epoch } = this.options;
    await this.last(type, data, patch, false);
    this.controller.abort(new ClaudeError('stream.stale_writer', { runId, epoch }));
  }

  private async last(type: EventType, data: object, patch: RecordPatch, ended: boolean): Promise<void> {
    await this.settle();
    const entry = { type, at: new Date().toISOString(), dataJson: JSON.stringify(data) };
    const { runId, epoch } = this.options;
    await this.cutter.idle();
    const { lastSeq } = await this.log.append(runId, {
      epoch,
      expectedSeq: this.sent,
      entries: [entry],
      ended,
      patch,
    });
    this.options.onAppended?.(1);
    this.pushed = this.sent = lastSeq;
  }

  private get isSettled(): boolean {
    return this.underWay === 0 && (this.queue.length === 0 || this.lost.aborted);
  }

  /** What the CLI printed in one chunk goes in one append. */
  private sendSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      this.send();
    });
  }

  private send(): void {
    while (this.queue.length > 0 && this.underWay < MAX_UNDER_WAY && !this.lost.aborted) {
      const entries = this.queue.splice(0, MAX_BATCH);
      const expectedSeq = this.sent;
      this.sent += entries.length;
      this.underWay += 1;
      this.since ??= Date.now();
      this.latest = this.append(entries, expectedSeq, this.latest);
    }
  }

  private async append(entries: readonly LogEntry[], expectedSeq: number, earlier: Promise<void>): Promise<void> {
    try {
      this.bound(await this.inOrder(entries, expectedSeq, earlier));
      this.options.onAppended?.(entries.length);
      this.queuedBytes -= entries.reduce((sum, entry) => sum + entry.dataJson.length, 0);
    } catch (cause) {
      this.controller.abort(cause);
    }
    this.underWay -= 1;
    this.since = this.underWay > 0 && !this.lost.aborted ? Date.now() : null;
    if (this.lost.aborted) {
      this.queue = [];
      this.queuedBytes = 0;
    }
    this.release();
    this.send();
    if (this.isSettled) this.settled?.resolve();
    if (this.isSettled) this.settled = undefined;
  }

  /** What was sent ahead of an answer that did not come, since Redis took no writes for a while, is sent again behind it. */
  private async inOrder(entries: readonly LogEntry[], expectedSeq: number, earlier: Promise<void>): Promise<Appended> {
    const { runId, epoch } = this.options;
    const send = () => this.log.append(runId, { epoch, expectedSeq, entries });
    const done = await send().catch(async (error: unknown) => {
      if (this.appended === expectedSeq) throw error;
      await earlier;
      this.lost.throwIfAborted();
      return send();
    });
    this.appended = done.lastSeq;
    return done;
  }

  private bound({ deltaBytes, outputBytes }: Appended): void {
    this.cutter.note(deltaBytes);
    const limitBytes = this.options.maxOutputBytes;
    if (outputBytes > limitBytes) this.excess.abort(new ClaudeError('run.output_too_large', { limitBytes }));
  }

  private release(): void {
    if (this.queuedBytes >= HIGH_WATER_BYTES) return;
    this.drained?.resolve();
    this.drained = undefined;
  }
}
