import { type PlacedFrame } from '@steward/claude';
import { type Response } from 'express';
import { eventBlock } from './frame-json.js';

const RETRY_MS = 1000;
/** For a reader that begins to read again at the last moment. */
const STALLED_GRACE_MS = 10_000;

/** Server-Sent Events on one response: writes no faster than the reader reads, and keeps a quiet connection open. */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly controller = new AbortController();
  private position: string;

  constructor(
    private readonly response: Response,
    private readonly options: {
      readonly heartbeatMs: number;
      readonly stallMs: number;
      readonly position: string;
      /** Whether the reader does not know the position by itself. */
      readonly isPlaced: boolean;
    },
  ) {
    this.position = options.position;
    response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      connection: 'keep-alive',
      // nginx would collect the stream otherwise.
      'x-accel-buffering': 'no',
    });
    // The headers go with it.
    response.write(`retry: ${RETRY_MS}\n\n`);
    // An id alone is no event; whoever loses the connection before the first one still knows where it was.
    if (options.isPlaced) response.write(`id: ${options.position}\n\n`);
    // Who left before this was made has been heard to close already.
    if (response.destroyed) this.controller.abort();
    response.once('close', () => this.controller.abort());
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, options.heartbeatMs);
  }

  /** Aborted when the reader is gone. */
  get gone(): AbortSignal {
    return this.controller.signal;
  }

  /**
   * Resolves when the reader can take more.
   *
   * @returns whether it had to be waited for
   */
  async send(frames: readonly PlacedFrame[]): Promise<boolean> {
    if (this.gone.aborted) return false;
    this.position = frames.at(-1)?.position ?? this.position;
    if (this.write(frames)) return false;
    if (!(await this.drained())) this.giveUp();
    return true;
  }

  /**
   * By hand and not by combined signals: those of `AbortSignal.timeout` may be collected as garbage before they fire.
   *
   * @returns false when the reader took nothing for too long
   */
  private drained(): Promise<boolean> {
    const { response, gone } = this;
    return new Promise((resolve) => {
      const settle = (inTime: boolean) => {
        clearTimeout(timer);
        response.off('drain', onDrain);
        gone.removeEventListener('abort', onDrain);
        resolve(inTime);
      };
      const onDrain = () => settle(true);
      const timer = setTimeout(() => settle(false), this.options.stallMs);
      response.once('drain', onDrain);
      gone.addEventListener('abort', onDrain);
      if (gone.aborted) onDrain();
    });
  }

  /**
   * Small blocks together, large ones as they are, shared with other readers.
   *
   * @returns whether the reader can take more
   */
  private write(frames: readonly PlacedFrame[]): boolean {
    let small = '';
    for (const block of frames.map(eventBlock)) {
      if (typeof block === 'string') {
        small += block;
        continue;
      }
      if (small) this.response.write(small);
      small = '';
      this.response.write(block);
    }
    if (small) this.response.write(small);
    return !this.response.writableNeedDrain;
  }

  /** A reader that took nothing for too long: where it was stands behind what it has not read yet. */
  private giveUp(): void {
    if (this.gone.aborted) return;
    const { position } = this;
    const event = {
      at: new Date().toISOString(),
      runId: null,
      sessionId: null,
      type: 'stream.stalled',
      data: { position },
    };
    this.response.end(`id: ${position}\nevent: stream.stalled\ndata: ${JSON.stringify(event)}\n\n`);
    setTimeout(() => this.response.destroy(), STALLED_GRACE_MS).unref();
    this.controller.abort();
  }

  end(): void {
    clearInterval(this.heartbeat);
    if (!this.response.writableEnded) this.response.end();
  }
}
