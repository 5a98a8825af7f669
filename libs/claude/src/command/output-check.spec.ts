import { describe, expect, it } from 'vitest';
import { outputProblemsOf } from './output-check.js';

type Schema = Parameters<typeof outputProblemsOf>[0];

describe('the check of a structured output', () => {
  const person: Schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { $ref: '#/definitions/age' },
      tags: { type: 'array', items: [{ type: 'string' }] },
    },
    required: ['name'],
    additionalProperties: false,
    definitions: { age: { type: 'integer', minimum: 0 } },
  };

  it.each<[string, unknown, string[]]>([
    ['what fits', { name: 'a', age: 3 }, []],
    ['a missing field', { age: 3 }, ['']],
    ['a field of another type', { name: 5 }, ['/name']],
    ['a value behind a reference', { name: 'a', age: -1 }, ['/age']],
    ['an item by its place', { name: 'a', tags: [7] }, ['/tags/0']],
    ['a field that is not there', { name: 'a', more: 1 }, ['/more', '']],
    ['no object at all', 'a', ['']],
  ])('%s is told by its place', async (_what, value, paths) => {
    const problems = await outputProblemsOf(person, value);
    expect(problems.map(({ path }) => path)).toEqual(paths);
    expect(problems.every(({ reason }) => reason.length > 5)).toBe(true);
  });

  it('tells a few of many problems, each cut', async () => {
    const schema = { type: 'object', additionalProperties: { const: 'x'.repeat(1000) } };
    const value = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`.repeat(200), 1]));
    const problems = await outputProblemsOf(schema, value);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(10);
    expect(JSON.stringify(problems).length).toBeLessThan(10_000);
  });

  it('a pattern that never comes to an end is given up, and counts as wrong', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const problems = await outputProblemsOf(schema, { a: `${'a'.repeat(60)}!` }, 1500);
    expect(problems).toEqual([{ path: '', reason: 'could not be checked within 1500 ms' }]);
  });

  it('schemas that multiply are given up, too', async () => {
    const levels = Array.from({ length: 60 }, (_, level) => {
      const below = { $ref: `#/definitions/l${level - 1}` };
      return [`l${level}`, level === 0 ? { type: 'object' } : { allOf: [below, below] }] as const;
    });
    const schema = { allOf: [{ $ref: '#/definitions/l59' }], definitions: Object.fromEntries(levels) };
    const [problem] = await outputProblemsOf(schema, {}, 1500);
    expect(problem?.reason).toMatch(/could not be checked/);
  });
});
