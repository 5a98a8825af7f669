import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** Events are gathered up to this size when nothing waits for them, so that large answers cost few writes. */
const BATCH_CHARS = 32_768;

/** Writes Server-Sent Events; goes on only when the last ones have left, so that a slow reader never costs memory. */
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

  /** Hands everything so far to the operating system. */
  async flush(): Promise<void> {
    if (this.batch === '') return;
    const bytes = Buffer.from(this.batch);
    this.batch = '';
    const size = this.splitBytes > 0 ? this.splitBytes : bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      await this.write(bytes.subarray(at, at + size));
      // A write may end at once; without this, one large answer would keep all others waiting.
      await setImmediate();
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    const { signal } = this;
    signal.throwIfAborted();
    let onAbort: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        onAbort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', onAbort);
        this.out.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }
}
