import { type FileHandle } from 'node:fs/promises';
import { fileLines } from './file-lines.js';

type Fields = Readonly<Record<string, unknown>>;

/** A message of the main conversation as its transcript has it. */
export interface TranscriptEntry {
  readonly role: 'user' | 'assistant';
  /** The model's id of the message; one message may stand in several entries, one for each block. */
  readonly messageId: string | null;
  /** Why the model stopped. */
  readonly stopReason: string | null;
  /** Of the CLI and not of the model. */
  readonly synthetic: boolean;
  readonly content: readonly Fields[];
}

/**
 * What a transcript has behind the line of a prompt: what the model will know of it when the conversation is resumed.
 * Null where the prompt itself is not there. The CLI writes with a delay, so that the newest part may be missing.
 *
 * @param uuid that the prompt was given with
 */
export async function readTail(file: FileHandle, uuid: string): Promise<TranscriptEntry[] | null> {
  let found: TranscriptEntry[] | null = null;
  for await (const { line } of fileLines(file, 0)) {
    if (found === null && !line.includes(uuid)) continue;
    const entry = parsed(line);
    if (entry?.['uuid'] === uuid) found = [];
    else if (found && entry) {
      const read = entryOf(entry);
      if (read) found.push(read);
    }
  }
  return found;
}

function entryOf(entry: Fields): TranscriptEntry | null {
  const type = entry['type'];
  const queued = type === 'attachment' ? ((entry['attachment'] ?? {}) as Fields) : null;
  if (queued?.['type'] === 'queued_command' && Array.isArray(queued['prompt'])) {
    // What was said to the agent while it worked, and was put into the turn under way.
    const content = queued['prompt'] as Fields[];
    return { role: 'user', messageId: null, stopReason: null, synthetic: false, content };
  }
  if ((type !== 'user' && type !== 'assistant') || entry['isSidechain'] === true) return null;
  const message = (entry['message'] ?? {}) as Fields;
  const { content } = message;
  return {
    role: type,
    messageId: textOf(message['id']),
    stopReason: textOf(message['stop_reason']),
    synthetic: entry['isMeta'] === true || message['model'] === '<synthetic>',
    content: Array.isArray(content) ? (content as Fields[]) : [{ type: 'text', text: textOf(content) ?? '' }],
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
