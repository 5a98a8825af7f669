import { type Readable } from 'node:stream';
import { ClaudeError } from '../error/index.js';
import { LineFramer, LineTooLongError } from './line-framer.js';

/** How the reading ended; null stands for a stream that ended after a whole line. */
export type ReadingEnd = { readonly kind: 'broken' | 'cut off'; readonly error: ClaudeError } | null;

/**
 * Gives each line of a stream to `accept`, and waits where that answers with a promise: then nothing more is read.
 * Never throws.
 *
 * @param limitBytes of one line; a longer one breaks the stream
 */
export async function readLines(
  stream: Readable,
  limitBytes: number,
  accept: (line: string) => void | Promise<void>,
): Promise<ReadingEnd> {
  const framer = new LineFramer(limitBytes);
  let trouble = 'stdout cannot be read';
  try {
    for await (const chunk of stream) {
      for (const line of framer.push(chunk as Buffer)) {
        trouble = 'a message of an unexpected shape';
        const held = accept(line);
        if (held) await held;
      }
      trouble = 'stdout cannot be read';
    }
  } catch (cause) {
    const reason = cause instanceof LineTooLongError ? cause.message : trouble;
    const error = cause instanceof ClaudeError ? cause : new ClaudeError('cli.protocol', { reason }, { cause });
    return { kind: 'broken', error };
  }
  if (framer.pendingBytes === 0) return null;
  return { kind: 'cut off', error: new ClaudeError('cli.protocol', { reason: 'a line that was cut off by the end' }) };
}
