import { type FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;

/**
 * Whole lines from a byte on, each with the byte behind it; split on LF only, since JSON may hold U+2028 as it is. What
 * stands behind the last LF is still being written.
 */
export async function* fileLines(file: FileHandle, from: number): AsyncGenerator<{ line: string; end: number }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let pieces: Buffer[] = [];
  for (let at = from; ;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    let begin = 0;
    for (let stop = chunk.indexOf(10, 0); stop !== -1 && stop < bytesRead; stop = chunk.indexOf(10, begin)) {
      pieces.push(Buffer.from(chunk.subarray(begin, stop)));
      yield { line: Buffer.concat(pieces).toString('utf8'), end: at + stop + 1 };
      pieces = [];
      begin = stop + 1;
    }
    pieces.push(Buffer.from(chunk.subarray(begin, bytesRead)));
    at += bytesRead;
  }
}
