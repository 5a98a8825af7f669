import { randomBytes } from 'node:crypto';
import type { Reply, ReplyBlock } from '../script/step.types.js';

export type ContentReply = Exclude<ReplyBlock, { type: 'pause' }>;

export type Delta =
  | { type: 'text_delta'; text: string }
  | { type: 'thinking_delta'; thinking: string }
  | { type: 'input_json_delta'; partial_json: string };

export const SIGNATURE = Buffer.from('scripted thinking').toString('base64');

/** Characters of a tool's input in one delta. */
const INPUT_CHUNK = /[\s\S]{1,48}/gu;

export const newId = (prefix: string): string => `${prefix}_01${randomBytes(11).toString('hex')}`;

/** The block as `content_block_start` shows it: present but empty. */
export function emptyBlock(block: ContentReply): Record<string, unknown> {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'tool_use', id: newId('toolu'), name: block.name, input: {} };
}

/** The block's deltas with the characters that each counts for. */
export function* deltasOf(block: ContentReply): Generator<{ delta: Delta; chars: number }> {
  if (block.type === 'text') {
    for (const text of block.chunks()) yield { delta: { type: 'text_delta', text }, chars: text.length };
  } else if (block.type === 'thinking') {
    for (const thinking of block.chunks())
      yield { delta: { type: 'thinking_delta', thinking }, chars: thinking.length };
  } else {
    for (const partial_json of JSON.stringify(block.input).match(INPUT_CHUNK) ?? []) {
      yield { delta: { type: 'input_json_delta', partial_json }, chars: partial_json.length };
    }
  }
}

/** The block in a whole message, with its length and the time that streaming it would take. */
export function wholeBlock(block: ContentReply): { content: Record<string, unknown>; chars: number; ms: number } {
  const content = emptyBlock(block);
  if (block.type === 'tool_use') {
    return { content: { ...content, input: block.input }, chars: JSON.stringify(block.input).length, ms: 0 };
  }
  const chunks = [...block.chunks()];
  const value = chunks.join('');
  const filled = block.type === 'text' ? { text: value } : { thinking: value, signature: SIGNATURE };
  return { content: { ...content, ...filled }, chars: value.length, ms: chunks.length * block.delayMs };
}

/** How a message ends, in `message_delta` and in a whole message alike. */
export function endingOf(reply: Reply): Record<string, unknown> {
  const usesTools = reply.blocks.some((block) => block.type === 'tool_use');
  return {
    stop_reason: reply.stop ?? (usesTools ? 'tool_use' : 'end_turn'),
    stop_sequence: reply.stopSequence ?? null,
    ...(reply.stopDetails === undefined ? {} : { stop_details: reply.stopDetails }),
  };
}
