import { constants } from 'node:fs';
import { type Held } from './open-below.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is in a file, where that is a text of at most so many bytes; else null. */
export async function textOf(held: Held, maxBytes: number): Promise<string | null> {
  const file = await held.reopen(constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= maxBytes; length += read) {
      ({ bytesRead: read } = await file.read(buffer, length, Math.min(64 * 1024, buffer.length - length), length));
    }
    return length > maxBytes ? null : decoded(buffer.subarray(0, length));
  } finally {
    await file.close();
  }
}

export function decoded(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
