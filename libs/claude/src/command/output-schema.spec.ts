import { describe, expect, it } from 'vitest';
import { plainSchema, schemaProblems } from './output-schema.js';

const properties = (one: unknown) => ({ type: 'object', properties: { a: one } });

/** What the CLI 2.1.197 did with each: `test/cli/options.room-spec.ts` asks the real one about the same list. */
export const IGNORED_BY_THE_CLI: Readonly<Record<string, Record<string, unknown>>> = {
  'a type that is none': { type: 'nonsense' },
  'a reference to nowhere': properties({ $ref: '#/$defs/nope' }),
  'a reference to another document': { $ref: 'http://127.0.0.1/schema' },
  'properties that are a list': { type: 'object', properties: [] },
  'required that is a text': { type: 'object', required: 'a' },
  'an unknown keyword': { type: 'object', foo: 1 },
  'a pattern that is none': properties({ type: 'string', pattern: '(' }),
};

export const TAKEN_BY_THE_CLI: Readonly<Record<string, Record<string, unknown>>> = {
  nothing: {},
  'a list': { type: 'array', items: { type: 'number' } },
  'a reference within': { ...properties({ $ref: '#/$defs/x' }), $defs: { x: { type: 'number' } } },
  'a boolean schema': properties(true),
  'one of several': { anyOf: [{ type: 'object' }] },
};

describe('an output schema', () => {
  it.each(Object.entries(IGNORED_BY_THE_CLI))('with %s is refused', (_name, schema) => {
    expect(schemaProblems(schema)).toHaveLength(1);
  });

  it.each(Object.entries(TAKEN_BY_THE_CLI))('with %s is taken', (_name, schema) => {
    expect(schemaProblems(schema)).toEqual([]);
  });

  it('says where it is wrong', () => {
    const schema = properties({ type: 'array', items: { type: 'object', properties: { b: { minLength: -1 } } } });
    expect(schemaProblems(schema)).toEqual([
      { path: '/properties/a/items/properties/b/minLength', reason: 'has a value that is not allowed' },
    ]);
  });

  it('ends in schemas that are nested without end', () => {
    let schema: Record<string, unknown> = {};
    for (let depth = 0; depth < 2000; depth += 1) schema = { not: schema };
    expect(schemaProblems(schema)[0]?.reason).toContain('nested deeper');
  });

  it('loses the annotations that the CLI does not take, and no property of the same name', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { format: { type: 'string', format: 'email' }, $schema: { const: { format: 'kept' } } },
    };
    expect(plainSchema(schema)).toEqual({
      type: 'object',
      properties: { format: { type: 'string' }, $schema: { const: { format: 'kept' } } },
    });
  });
});
