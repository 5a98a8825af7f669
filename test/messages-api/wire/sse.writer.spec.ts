import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SseWriter } from './sse.writer.js';

/** A reader that takes its time and remembers what it got. */
class Slow extends Writable {
  readonly chunks: Buffer[] = [];

  constructor(private readonly delayMs: number) {
    super({ highWaterMark: 16_384 });
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.chunks.push(chunk);
    void setTimeout(this.delayMs).then(done);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

const never = new AbortController().signal;

describe('SseWriter', () => {
  it('writes an event as the API does', async () => {
    const out = new Slow(0);
    const writer = new SseWriter(out, never);
    await writer.event('ping', { type: 'ping', text: 'a\nb\u2028c' });
    await writer.flush();
    expect(out.text).toBe('event: ping\ndata: {"type":"ping","text":"a\\nb\u2028c"}\n\n');
  });

  it('gathers small events into few writes', async () => {
    const out = new Slow(0);
    const writer = new SseWriter(out, never);
    for (let i = 0; i < 1_000; i++) await writer.event('e', { i });
    await writer.flush();
    expect(out.chunks.length).toBeLessThan(5);
    expect(out.text.match(/\n\n/g)).toHaveLength(1_000);
  });

  it('holds no more than a bounded amount for a slow reader', async () => {
    const out = new Slow(1);
    const writer = new SseWriter(out, never);
    let most = 0;
    for (let i = 0; i < 500; i++) {
      await writer.event('e', { text: 'x'.repeat(4_000) });
      most = Math.max(most, out.writableLength);
    }
    await writer.flush();
    expect(most).toBeLessThan(100_000);
  });

  it('cuts characters in two when told to', async () => {
    const out = new Slow(0);
    const writer = new SseWriter(out, never, 1);
    await writer.raw('é\u{1f600}');
    await writer.flush();
    await new Promise<void>((resolve) => out.end(resolve));
    expect(out.chunks.map((chunk) => chunk.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(out.text).toBe('é\u{1f600}');
  });

  it('ends the wait for a reader that has gone', async () => {
    const gone = new AbortController();
    const writer = new SseWriter(new Slow(60_000), gone.signal);
    const writing = writer.raw('x'.repeat(100_000));
    gone.abort();
    await expect(writing).rejects.toThrow();
    await expect(writer.raw('x'.repeat(100_000))).rejects.toThrow();
  });
});
