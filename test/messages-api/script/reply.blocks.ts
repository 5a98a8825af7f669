import { codePointChunks } from './text.source.js';
import type { Reply, ReplyBlock } from './step.types.js';

export const text = (value: string, options: { chunk?: number; delayMs?: number } = {}): ReplyBlock => ({
  type: 'text',
  chunks: () => codePointChunks(value, options.chunk ?? 12),
  delayMs: options.delayMs ?? 0,
});

export const thinking = (value: string, options: { chunk?: number; delayMs?: number } = {}): ReplyBlock => ({
  type: 'thinking',
  chunks: () => codePointChunks(value, options.chunk ?? 12),
  delayMs: options.delayMs ?? 0,
});

export const tool = (name: string, input: unknown, delayMs = 0): ReplyBlock => ({
  type: 'tool_use',
  name,
  input,
  delayMs,
});

export const reply = (...blocks: ReplyBlock[]): Reply => ({ blocks });
