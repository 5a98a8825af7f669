import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** Events are gathered up to this size when nothing waits for them, so that large answers cost few writes. */
const BATCH_CHARS = 32_768;

/** Writes Server-Sent Events; waits whenever the socket is full, so that a slow reader never costs memory. */
export class SseWriter {
  private batch = '';

  constructor(
    private readonly out: Writable,
    private readonly signal: AbortSignal,
    private readonly splitBytes = 0,
  ) {}

  async event(name: string, data: Record<string, unknown>): Promise<void> {
    await this.raw(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Text that need not be a valid event. */
  async raw(text: string): Promise<void> {
    this.batch += text;
    if (this.batch.length >= BATCH_CHARS) await this.flush();
  }

  /** Everything so far is with the operating system, or waits in a bounded buffer for it. */
  async flush(): Promise<void> {
    if (this.batch === '') return;
    const bytes = Buffer.from(this.batch);
    this.batch = '';
    if (this.splitBytes <= 0) return this.write(bytes);
    for (let at = 0; at < bytes.length; at += this.splitBytes) {
      await this.write(bytes.subarray(at, at + this.splitBytes));
      await setImmediate();
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    this.signal.throwIfAborted();
    if (this.out.write(bytes)) await setImmediate();
    else await once(this.out, 'drain', { signal: this.signal });
  }
}
