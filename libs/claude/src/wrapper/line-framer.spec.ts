import { describe, expect, it } from 'vitest';
import { LineFramer, LineTooLongError } from './line-framer.js';

const frame = (chunks: readonly Buffer[], limit = 1_000_000): { lines: string[]; pending: number } => {
  const framer = new LineFramer(limit);
  const lines = chunks.flatMap((chunk) => [...framer.push(chunk)]);
  return { lines, pending: framer.pendingBytes };
};

/** Cuts bytes at every position that a seeded generator names; the same seed cuts the same way. */
function cut(bytes: Buffer, seed: number): Buffer[] {
  const parts: Buffer[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const length = 1 + (state % 7);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

describe('LineFramer', () => {
  const text = ['{"a":"é🎈\u2028\u0085"}', '', '  spaces  ', '\r carriage return\r', '漢字'.repeat(20)];

  it.each(Array.from({ length: 50 }, (_one, seed) => seed))(
    'gives the same lines however they are cut (seed %i)',
    (seed) => {
      const bytes = Buffer.from(text.map((line) => `${line}\n`).join(''));
      expect(frame(cut(bytes, seed))).toEqual({ lines: text, pending: 0 });
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
