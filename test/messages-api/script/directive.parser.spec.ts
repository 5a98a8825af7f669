import { describe, expect, it } from 'vitest';
import { parseDirectives } from './directive.parser.js';

const bodies = (text: string): string[] => parseDirectives(text).map(({ name, body }) => `${name}|${body}`);

describe('parseDirectives', () => {
  it.each([
    ['nothing here', []],
    ['please [[say hi]] and thank you', ['say|hi']],
    ['[[text n=5 delay=30]][[recall]]', ['text|n=5 delay=30', 'recall|']],
    ['[[bash echo a[0]]]', ['bash|echo a[0]']],
    ['[[bash if [[ -f x ]]; then ls; fi]]', ['bash|if [[ -f x ]]; then ls; fi']],
    ['[[bash a[b[1]]; echo]]', ['bash|a[b[1']],
    ['[[agent [[bash ls]] [[say sub]]]] [[say main]]', ['agent|[[bash ls]] [[say sub]]', 'say|main']],
    ['[[agent [[bash echo a[0]]]]]', ['agent|[[bash echo a[0]]]']],
    ['[[agent [[agent [[say deep]]]]]]', ['agent|[[agent [[say deep]]]]']],
    ['[[tools [{"a":[1,[2]]}]]]', ['tools|[{"a":[1,[2]]}]']],
    ['[[tool X {"a":"]] \\" }"}]] [[say b]]', ['tool|X {"a":"]] \\" }"}', 'say|b']],
    ['[[structured {"a":[[1],[2]]}]]', ['structured|{"a":[[1],[2]]}']],
    ['[[agent [[tool X {"a":[1,[2]]}]] [[say b]]]]', ['agent|[[tool X {"a":[1,[2]]}]] [[say b]]']],
    ['[[ask Which? | A | B]]', ['ask|Which? | A | B']],
    ['[[say two\nlines]]', ['say|two\nlines']],
    ['a [[ b ]] [[1,2]] [[]] c', []],
  ])('reads %s', (text, expected) => {
    expect(bodies(text)).toEqual(expected);
  });

  it.each(['[[say hi', '[[agent [[say hi]]', '[[bash [[ -f x ]]'])('refuses %s, which is not closed', (text) => {
    expect(() => parseDirectives(text)).toThrow(/is not closed/);
  });

  it('names what is misspelt instead of passing over it', () => {
    expect(bodies('[[Say hi]] [[say: hi]] [[says=1]]')).toEqual(['Say|hi', 'say|: hi', 'says|=1']);
  });

  it('finds every JSON value again, whatever brackets and quotes it holds', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const value = { v: randomValue(seed) };
      const text = `[[tool X ${JSON.stringify(value)}]] [[structured ${JSON.stringify([value])}]] [[say end]]`;
      const [tool, structured, say] = parseDirectives(text);
      expect(JSON.parse(tool!.body.slice(2))).toEqual(value);
      expect(JSON.parse(structured!.body)).toEqual([value]);
      expect(say!.body).toBe('end');
    }
  });

  it('finds nested directives again at every depth', () => {
    for (let depth = 1; depth <= 8; depth++) {
      const text = '[[agent '.repeat(depth) + '[[bash echo ${a[1]}]]' + ']]'.repeat(depth);
      let inner = text;
      for (let level = 0; level < depth; level++) inner = parseDirectives(inner)[0]!.body;
      expect(inner).toBe('[[bash echo ${a[1]}]]');
    }
  });
});

/** A small generator of nasty values, the same for the same seed. */
function randomValue(seed: number, depth = 0): unknown {
  const next = (seed * 48_271 + depth * 7_919) % 2_147_483_647;
  const pick = next % (depth > 4 ? 3 : 6);
  if (pick === 0) return next;
  if (pick === 1) return ['[[say x]]', ']]', '}"]]', '\\', '"]]"', '[['][next % 6];
  if (pick === 2) return null;
  const children = Array.from({ length: next % 4 }, (_, index) => randomValue(next + index + 1, depth + 1));
  return pick < 5 ? children : Object.fromEntries(children.map((child, index) => [`]]${index}`, child]));
}
