import { describe, expect, it } from 'vitest';
import { LineFramer, LineTooLongError } from './line-framer.js';

const frame = (chunks: readonly Buffer[], limit = 1_000_000): { lines: string[]; pending: number } => {
  const framer = new LineFramer(limit);
  const lines = chunks.flatMap((chunk) => [...framer.push(chunk)]);
  return { lines, pending: framer.pendingBytes };
};

/** Numbers below `bound` out of a seed; the same seed gives the same ones, so that a failure can be run again. */
function numbers(seed: number): (bound: number) => number {
  let state = seed + 1;
  return (bound) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** What other splitters take for an end of line, what chunks cut apart, and ordinary text. */
const PIECES = [
  'a',
  '{"b":1}',
  ' ',
  '\r',
  '\t',
  '\u0085',
  '\u2028',
  '\u2029',
  'é',
  '漢',
  '🎈',
  '\u0000',
  '\ufeff',
  'x'.repeat(300),
];

function randomText(next: (bound: number) => number): string {
  const pieces = Array.from({ length: next(400) }, () => (next(6) === 0 ? '\n' : PIECES[next(PIECES.length)]));
  return pieces.join('');
}

/** Cuts bytes anywhere, also inside characters; small and large parts, and empty ones. */
function cut(bytes: Buffer, next: (bound: number) => number): Buffer[] {
  const most = [2, 8, 100, 5000][next(4)]!;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = next(most);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

describe('LineFramer', () => {
  it.each(Array.from({ length: 300 }, (_one, seed) => seed))(
    'whatever is in the stream and however it is cut, only a newline ends a line (seed %i)',
    (seed) => {
      const next = numbers(seed * 7919);
      const text = randomText(next);
      const lines = text.split('\n');
      const tail = lines.pop()!;
      const bytes = Buffer.from(text);
      expect(frame(cut(bytes, next))).toEqual({ lines, pending: Buffer.byteLength(tail) });
      // A bound is passed exactly by a line that is longer, the unfinished one included.
      const longest = Math.max(...[...lines, tail].map((line) => Buffer.byteLength(line)));
      if (longest > 0) expect(() => frame(cut(bytes, next), longest - 1)).toThrow(LineTooLongError);
      expect(frame(cut(bytes, next), longest).lines).toEqual(lines);
    },
  );

  it('keeps what has no end yet', () => {
    expect(frame([Buffer.from('one\ntw')])).toEqual({ lines: ['one'], pending: 2 });
  });

  it('refuses a line above the bound, also while it is incomplete', () => {
    expect(() => frame([Buffer.alloc(6, 'x'), Buffer.alloc(6, 'x')], 10)).toThrow(LineTooLongError);
    expect(frame([Buffer.from(`${'x'.repeat(10)}\n`)], 10).lines).toHaveLength(1);
  });
});
