import type { Writable } from 'node:stream';
import type { Reply, StepFrame } from '../script/step.types.js';
import type { Usage } from './api.types.js';
import { deltasOf, emptyBlock, endingOf, newId, SIGNATURE, type ContentReply, type Delta } from './block.encoder.js';
import type { Exchange } from './exchange.types.js';
import { Pace } from './pace.timer.js';
import { startStream } from './response.headers.js';
import { SseWriter } from './sse.writer.js';
import { estimateInput, tokensOf } from './usage.estimate.js';

/** Streams one message in the events of the public API. */
export class StreamPlayer {
  readonly writer: SseWriter;
  private readonly out: Writable;
  private readonly pace: Pace;
  private chars = 0;
  private index = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly frame: StepFrame,
    splitBytes = 0,
  ) {
    this.out = startStream(exchange, frame);
    this.writer = new SseWriter(this.out, exchange.signal, splitBytes);
    this.pace = new Pace(exchange.signal);
  }

  async play(reply: Reply): Promise<void> {
    await this.start();
    for (const block of reply.blocks) {
      if (block.type === 'pause') await this.pause(block.delayMs, block.pingMs);
      else await this.block(block);
    }
    await this.stop(reply);
  }

  /** The input's usage is declared here; what the answer costs is known only at its end. */
  async start(): Promise<void> {
    const usage: Usage = { ...estimateInput(this.exchange.body), ...this.frame.usage, output_tokens: 1 };
    const { model } = this.exchange.body;
    const message = { id: newId('msg'), type: 'message', role: 'assistant', model, content: [] };
    await this.event('message_start', { message: { ...message, stop_reason: null, stop_sequence: null, usage } });
    await this.writer.flush();
    this.exchange.declare(usage);
  }

  /** Opens a block and streams its deltas; with a `limit` it stays open after that many. */
  async block(block: ContentReply, limit = Infinity): Promise<void> {
    await this.event('content_block_start', { index: this.index, content_block: emptyBlock(block) });
    if (this.index === 0) await this.ping();
    let sent = 0;
    for (const { delta, chars } of deltasOf(block)) {
      if (sent++ >= limit) return this.writer.flush();
      if (block.delayMs > 0) {
        await this.writer.flush();
        await this.pace.wait(block.delayMs);
      }
      this.chars += chars;
      await this.delta(delta);
    }
    if (block.type === 'thinking') await this.delta({ type: 'signature_delta', signature: SIGNATURE });
    await this.event('content_block_stop', { index: this.index++ });
  }

  /** Nothing for a while, apart from pings. */
  async pause(ms: number, pingMs: number): Promise<void> {
    await this.writer.flush();
    for (let left = ms; left > 0; left -= pingMs) {
      await this.pace.wait(pingMs > 0 ? Math.min(pingMs, left) : left);
      if (pingMs <= 0) return;
      await this.ping();
      await this.writer.flush();
    }
  }

  async stop(reply: Reply): Promise<void> {
    const output = this.frame.usage.output_tokens ?? tokensOf(this.chars);
    const usage: Usage = { ...this.exchange.entry.usage, output_tokens: output };
    await this.event('message_delta', { delta: endingOf(reply), usage });
    await this.event('message_stop', {});
    await this.writer.flush();
    this.exchange.declare(usage);
    this.end();
  }

  /** Ends the answer where it stands. */
  end(): void {
    this.out.end();
  }

  async ping(): Promise<void> {
    await this.event('ping', {});
  }

  async event(type: string, data: Record<string, unknown>): Promise<void> {
    await this.writer.event(type, { type, ...data });
  }

  private async delta(delta: Delta | { type: 'signature_delta'; signature: string }): Promise<void> {
    await this.event('content_block_delta', { index: this.index, delta });
  }
}
