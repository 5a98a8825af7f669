import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Usage } from './api.types.js';
import type { Exchange } from './exchange.types.js';
import { Pace } from './pace.timer.js';
import { startStream } from './response.headers.js';
import { SseWriter } from './sse.writer.js';
import type { Reply, ReplyBlock, Step } from './step.types.js';
import { estimateInput, tokensOf } from './usage.estimate.js';

const SIGNATURE = Buffer.from('scripted thinking').toString('base64');
/** Characters of a tool's input in one delta. */
const INPUT_CHUNK = 48;

export const newId = (prefix: string): string => `${prefix}_01${randomBytes(11).toString('hex')}`;

export const inputChunks = (input: unknown): string[] =>
  JSON.stringify(input).match(new RegExp(`[\\s\\S]{1,${INPUT_CHUNK}}`, 'gu')) ?? [];

export const stopReasonOf = (reply: Reply): string =>
  reply.stop ?? (reply.blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn');

/** Streams one message in the events of the public API. */
export class StreamPlayer {
  readonly writer: SseWriter;
  private readonly out: Writable;
  private readonly pace: Pace;
  private chars = 0;
  private index = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly step: Step,
    splitBytes = 0,
  ) {
    this.out = startStream(exchange, step);
    this.writer = new SseWriter(this.out, exchange.signal, splitBytes);
    this.pace = new Pace(exchange.signal);
  }

  async play(reply: Reply): Promise<void> {
    await this.start();
    for (const block of reply.blocks) await this.block(block);
    await this.stop(reply);
  }

  async start(): Promise<void> {
    const usage: Usage = { ...estimateInput(this.exchange.body), ...this.step.usage, output_tokens: 1 };
    await this.writer.event('message_start', {
      type: 'message_start',
      message: {
        id: newId('msg'),
        type: 'message',
        role: 'assistant',
        model: this.exchange.body.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    });
    this.exchange.declare(usage);
    await this.writer.flush();
  }

  /** Opens a block and streams its deltas; `limit` leaves it unfinished after that many. */
  async block(block: ReplyBlock, limit = Infinity): Promise<void> {
    const { index } = this;
    await this.writer.event('content_block_start', {
      type: 'content_block_start',
      index,
      content_block: opened(block),
    });
    if (index === 0) await this.ping();
    let sent = 0;
    for (const delta of deltas(block)) {
      if (sent++ >= limit) break;
      if (block.delayMs > 0) {
        await this.writer.flush();
        await this.pace.wait(block.delayMs);
      }
      this.chars += sizeOf(delta);
      await this.writer.event('content_block_delta', { type: 'content_block_delta', index, delta });
    }
    if (sent > limit) return this.writer.flush();
    if (block.type === 'thinking') {
      const delta = { type: 'signature_delta', signature: SIGNATURE };
      await this.writer.event('content_block_delta', { type: 'content_block_delta', index, delta });
    }
    await this.writer.event('content_block_stop', { type: 'content_block_stop', index });
    this.index += 1;
  }

  async stop(reply: Reply): Promise<void> {
    const usage: Usage = {
      ...this.exchange.entry.usage,
      output_tokens: this.step.usage.output_tokens ?? tokensOf(this.chars),
    };
    await this.writer.event('message_delta', {
      type: 'message_delta',
      delta: {
        stop_reason: stopReasonOf(reply),
        stop_sequence: null,
        ...(reply.stopDetails === undefined ? {} : { stop_details: reply.stopDetails }),
      },
      usage,
    });
    await this.writer.event('message_stop', { type: 'message_stop' });
    await this.writer.flush();
    this.exchange.declare(usage);
    this.end();
  }

  /** Ends the answer where it stands. */
  end(): void {
    this.out.end();
  }

  async ping(): Promise<void> {
    await this.writer.event('ping', { type: 'ping' });
  }
}

function opened(block: ReplyBlock): Record<string, unknown> {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'tool_use', id: newId('toolu'), name: block.name, input: {} };
}

type Delta =
  { type: string; text: string } | { type: string; thinking: string } | { type: string; partial_json: string };

function* deltas(block: ReplyBlock): Generator<Delta> {
  if (block.type === 'text') for (const text of block.chunks()) yield { type: 'text_delta', text };
  else if (block.type === 'thinking') for (const thinking of block.chunks()) yield { type: 'thinking_delta', thinking };
  else for (const partial_json of inputChunks(block.input)) yield { type: 'input_json_delta', partial_json };
}

const sizeOf = (delta: Delta): number =>
  Object.values(delta).reduce((sum, value) => sum + value.length, -delta.type.length);
