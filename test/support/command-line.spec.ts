import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.js';

const DEFAULTS = { rounds: 5, seed: 1 };
const read = (...words: string[]) => readCommandLine(words, DEFAULTS, { flags: ['check'], rest: ['queue'] });

describe('the words of a command', () => {
  it('are numbers, flags and names, each with its default', () => {
    expect(read()).toEqual({ numbers: DEFAULTS, flags: new Set(), rest: [] });
    expect(read('queue', '--rounds', '7', '--check')).toEqual({
      numbers: { rounds: 7, seed: 1 },
      flags: new Set(['check']),
      rest: ['queue'],
    });
  });

  it.each([
    [['--round', '7'], '--round'],
    [['--rounds'], '--rounds'],
    [['--rounds', 'x'], '--rounds takes a whole number'],
    [['--rounds', '0'], '--rounds takes a whole number'],
    [['--rounds', '1.5'], '--rounds takes a whole number'],
    [['gateways'], 'gateways'],
  ])('%j is not understood', (words, said) => {
    expect(() => read(...words)).toThrow(said);
  });
});
