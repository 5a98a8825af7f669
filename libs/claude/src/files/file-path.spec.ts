import { describe, expect, it } from 'vitest';
import { checkedPath, pathOf } from './file-path.js';

describe('a path in a workspace', () => {
  it.each(['a', 'a/b.txt', '.hidden', '...', '..a', 'a b', 'ä/日本/🎈', 'a\\b', '%2e%2e', 'a\nb', '~', '-rf', 'C:'])(
    '%j is one',
    (path) => expect(pathOf(path)).toEqual(path.split('/')),
  );

  it('that is empty is the workspace itself', () => expect(pathOf('')).toEqual([]));

  it.each([
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/./b',
    'a/../b',
    'a\0b',
    '\ud800',
    'x'.repeat(256),
    'ä'.repeat(128),
    'a/'.repeat(64) + 'a',
    `${'x'.repeat(250)}/`.repeat(17) + 'x',
  ])('%j is none', (path) => expect(() => pathOf(path)).toThrow(/path/));

  it('has no name with a slash in it, where names come one by one', () => {
    expect(() => checkedPath(['a', 'b/c'])).toThrow(/slash/);
  });
});
