/** Deterministic text, made lazily so that a 20 MB answer costs no memory, and known to tests in advance. */

/** `w1 w2 w3 `: each chunk one numbered word, padded with dots to `size` characters where that is longer. */
export function* numberedWords(count: number, size = 0): Generator<string> {
  for (let i = 1; i <= count; i++) {
    const word = `w${i}`;
    yield size > word.length + 1 ? `${word.padEnd(size - 1, '.')} ` : `${word} `;
  }
}

const LINE = 64;

const lineAt = (index: number): string =>
  `${String(index * LINE).padStart(10, '0')} `.padEnd(LINE - 1, 'abcdefghij') + '\n';

/** ASCII lines of 64 bytes, each beginning with its own offset; exactly `bytes` long, in chunks of `chunk`. */
export function* bigChunks(bytes: number, chunk: number): Generator<string> {
  let line = 0;
  let rest = '';
  for (let sent = 0; sent < bytes;) {
    const size = Math.min(chunk, bytes - sent);
    while (rest.length < size) rest += lineAt(line++);
    yield rest.slice(0, size);
    rest = rest.slice(size);
    sent += size;
  }
}

export const bigText = (bytes: number): string => [...bigChunks(bytes, 65_536)].join('');

/** Cuts between code points, never inside one. */
export function* codePointChunks(text: string, size: number): Generator<string> {
  if (size <= 0) {
    yield text;
    return;
  }
  let chunk = '';
  let count = 0;
  for (const point of text) {
    chunk += point;
    if (++count === size) {
      yield chunk;
      chunk = '';
      count = 0;
    }
  }
  if (chunk !== '') yield chunk;
}
