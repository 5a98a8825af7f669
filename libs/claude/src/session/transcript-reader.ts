import { type FileHandle } from 'node:fs/promises';
import { fileLines } from './file-lines.js';

/** One message of a conversation, as its model sees it. */
export interface TranscriptMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  /** ISO 8601 UTC; null where the CLI did not note it. */
  readonly at: string | null;
  /** Of an answer. */
  readonly model: string | null;
  /** Blocks of the Messages API: text, thinking, tool_use, tool_result, image, … */
  readonly content: readonly Readonly<Record<string, unknown>>[];
  /** Written by the CLI and not by the user or the model: a summary, a note about an interrupt. */
  readonly synthetic: boolean;
}

export interface TranscriptPage {
  readonly data: readonly TranscriptMessage[];
  /** Byte of the transcript where the next page begins; null at the end. */
  readonly next: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Messages of the main conversation from a byte on, oldest first. Lines that are no message, or that nobody can read,
 * are passed over: the format is the CLI's own (PROTOCOL.md §5.4). One that is still being written is left for later.
 */
export async function readTranscript(file: FileHandle, from: number, limit: number): Promise<TranscriptPage> {
  const data: TranscriptMessage[] = [];
  for await (const { line, end } of fileLines(file, from)) {
    const message = messageOf(line);
    if (message) data.push(message);
    if (data.length === limit) return { data, next: (await hasMore(file, end)) ? end : null };
  }
  return { data, next: null };
}

async function hasMore(file: FileHandle, from: number): Promise<boolean> {
  for await (const { line } of fileLines(file, from)) if (messageOf(line)) return true;
  return false;
}

function messageOf(line: string): TranscriptMessage | null {
  const entry = parsed(line);
  const type = entry?.['type'];
  if (!entry || (type !== 'user' && type !== 'assistant') || entry['isSidechain'] === true) return null;
  const message = (entry['message'] ?? {}) as Fields;
  const { content } = message;
  return {
    id: textOf(entry['uuid']) ?? '',
    role: type,
    at: textOf(entry['timestamp']),
    model: textOf(message['model']),
    content: typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : [],
    synthetic: entry['isMeta'] === true || entry['isCompactSummary'] === true || message['model'] === '<synthetic>',
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function parsed(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}
