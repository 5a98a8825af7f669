import { type NewEvent } from '../stream/index.js';
import { type StreamEventMessage } from './cli-message.types.js';

type Emit = (event: NewEvent) => number;
type DeltaType = 'text.delta' | 'thinking.delta';

/** Characters of the newest message that are kept. */
const MAX_NEWEST = 1_000_000;

interface OpenBlock {
  readonly messageId: string;
  readonly type: DeltaType;
  text: string;
  readonly fromSeq: number;
  throughSeq: number;
}

/**
 * Deltas as they come, checked against the whole blocks that follow. After a broken stream the CLI repeats the request
 * and prints the new answer; the deltas of the first try are void then, and readers are told which (PROTOCOL.md §7.4).
 */
export class StreamedText {
  private messageId = '';
  /** Blocks whose whole form has not arrived, in the order of their start. */
  private open = new Map<number, OpenBlock>();
  /** Where a whole block without deltas is counted from. */
  private nextBlock = 0;
  private said = '';
  private count = 0;

  constructor(private readonly emit: Emit) {}

  /** Text of the newest message, as far as it came; of a very long one its beginning. */
  get newest(): string {
    return this.said;
  }

  /** Messages so far. */
  get messages(): number {
    return this.count;
  }

  acceptStream({ event }: StreamEventMessage): void {
    if (event.type === 'message_start') this.begin(event.message?.id ?? '');
    if (event.type !== 'content_block_delta') return;
    const { text, thinking } = event.delta ?? {};
    if (event.delta?.type === 'text_delta' && text) this.delta('text.delta', event.index ?? 0, text);
    if (event.delta?.type === 'thinking_delta' && thinking) this.delta('thinking.delta', event.index ?? 0, thinking);
  }

  /** A whole text or thinking block: confirms its deltas, or stands in for those that never came. */
  acceptWhole(messageId: string, type: DeltaType, text: string): void {
    if (messageId !== this.messageId) this.begin(messageId);
    const [index, block] = [...this.open].find(([, candidate]) => candidate.type === type) ?? [];
    if (index !== undefined && block) {
      this.open.delete(index);
      if (block.text === text) return;
      this.voidRange([block]);
    }
    if (!text) return;
    this.delta(type, this.nextBlock, text);
    this.open.delete(this.nextBlock - 1);
  }

  /** The deltas so far stay, whatever comes: the run ended in the middle of them. */
  close(): void {
    this.open.clear();
  }

  private begin(messageId: string): void {
    if (this.open.size > 0) this.voidRange([...this.open.values()]);
    this.open = new Map();
    this.messageId = messageId;
    this.nextBlock = 0;
    this.said = '';
    this.count += 1;
  }

  private delta(type: DeltaType, index: number, text: string): void {
    const seq = this.emit({ type, data: { text, messageId: this.messageId, block: index } });
    this.nextBlock = Math.max(this.nextBlock, index + 1);
    if (type === 'text.delta' && this.said.length < MAX_NEWEST) this.said += text;
    const block = this.open.get(index);
    if (!block) {
      this.open.set(index, { messageId: this.messageId, type, text, fromSeq: seq, throughSeq: seq });
      return;
    }
    block.text += text;
    block.throughSeq = seq;
  }

  private voidRange(blocks: readonly OpenBlock[]): void {
    const fromSeq = Math.min(...blocks.map((block) => block.fromSeq));
    const throughSeq = Math.max(...blocks.map((block) => block.throughSeq));
    this.emit({ type: 'text.replaced', data: { fromSeq, throughSeq, messageId: blocks[0]!.messageId } });
  }
}
