import { once } from 'node:events';
import { type Response } from 'express';

const RETRY_MS = 1000;

/** Server-Sent Events on one response: writes no faster than the reader reads, and keeps a quiet connection open. */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly controller = new AbortController();

  constructor(
    private readonly response: Response,
    heartbeatMs: number,
  ) {
    response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      connection: 'keep-alive',
      // nginx would collect the stream otherwise.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    response.write(`retry: ${RETRY_MS}\n\n`);
    response.once('close', () => this.controller.abort());
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, heartbeatMs);
  }

  /** Aborted when the reader is gone. */
  get gone(): AbortSignal {
    return this.controller.signal;
  }

  /** JSON has no line breaks, so that one `data:` line holds it. Resolves when the reader can take more. */
  async send(events: readonly { readonly id: number; readonly event: string; readonly json: string }[]): Promise<void> {
    if (this.gone.aborted) return;
    const text = events.map(({ id, event, json }) => `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`).join('');
    if (this.response.write(text)) return;
    await once(this.response, 'drain', { signal: this.gone }).catch(() => undefined);
  }

  end(): void {
    clearInterval(this.heartbeat);
    if (!this.response.writableEnded) this.response.end();
  }
}
