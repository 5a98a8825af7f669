import { describe, expect, it } from 'vitest';
import { IGNORED_SCHEMAS, TAKEN_SCHEMAS } from '../../../../test/cli/schemas.js';
import { plainSchema, schemaProblems } from './output-schema.js';

const properties = (one: unknown) => ({ type: 'object', properties: { a: one } });

describe('an output schema', () => {
  it.each(Object.entries(IGNORED_SCHEMAS))('with %s is refused', (_name, schema) => {
    expect(schemaProblems(schema)).toHaveLength(1);
  });

  it.each(Object.entries(TAKEN_SCHEMAS))('with %s is taken', (_name, schema) => {
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
