import { describe, expect, it } from 'vitest';
import { diffLines } from './line-diff.js';
import { unifiedDiff } from './unified-diff.js';

/** Repeatable, and of few different lines, so that there is much to choose from. */
function texts(seed: number): [string[], string[]] {
  let state = seed;
  const next = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const lines = () => Array.from({ length: next(40) }, () => `line ${next(6)}`);
  return [lines(), lines()];
}

describe('the difference of two texts', () => {
  it('has both of them in it, whatever they are', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const [before, after] = texts(seed);
      const lines = diffLines(before, after);
      const side = (without: string) => lines.filter(({ sign }) => sign !== without).map(({ line }) => line);
      expect([side('+'), side('-')]).toEqual([before, after]);
    }
  });

  it('is the shortest there is', () => {
    const lines = diffLines('abcabba'.split(''), 'cbabac'.split(''));
    expect(lines.filter(({ sign }) => sign !== ' ')).toHaveLength(5);
  });

  it('of texts with too many differences replaces what differs', () => {
    const [before, after] = ['a', 'b'].map((name) => Array.from({ length: 3000 }, (_, at) => `${name}${at}`));
    expect(diffLines(['same', ...before!], ['same', ...after!])).toHaveLength(6001);
  });

  it.each<[string, string | null, string | null, string]>([
    ['the same', 'a\n', 'a\n', ''],
    ['a new file', null, 'a\nb\n', '--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n'],
    ['a file that is gone', 'a\n', null, '--- a/f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n'],
    ['a changed line', 'a\nb\nc\n', 'a\nx\nc\n', '--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n'],
    [
      'a line break that is missing',
      'a\n',
      'a',
      '--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n',
    ],
  ])('%s, as diff -u has it', (_what, before, after, patch) => {
    expect(unifiedDiff('f', before, after)).toBe(patch);
  });

  it('has changes that lie apart in hunks of their own', () => {
    const before = Array.from({ length: 40 }, (_, at) => `${at}\n`).join('');
    const patch = unifiedDiff('f', before, before.replace('5\n', 'five\n').replace('30\n', 'thirty\n'));
    expect(patch.match(/^@@ .*@@$/gm)).toEqual(['@@ -3,7 +3,7 @@', '@@ -28,7 +28,7 @@']);
  });
});
