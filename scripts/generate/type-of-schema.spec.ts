import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { typeOfSchema } from './type-of-schema.js';

const typeOf = (schema: object): string => typeOfSchema(schema).replace(/\s+/g, ' ');

describe('the type of a schema', () => {
  it.each([
    [Type.String(), 'string'],
    [Type.Integer(), 'number'],
    [Type.Unknown(), 'unknown'],
    [Type.Union([Type.Literal('a'), Type.Null()]), "'a' | null"],
    [Type.Array(Type.Union([Type.String(), Type.Null()])), 'readonly (string | null)[]'],
    [Type.Record(Type.String(), Type.Boolean()), 'Readonly<Record<string, boolean>>'],
    [
      Type.Object({ a: Type.String({ description: 'A.' }), b: Type.Optional(Type.Object({ c: Type.Integer() })) }),
      '{ /** A. */ readonly a: string; readonly b?: { readonly c: number; }; }',
    ],
  ])('%j', (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it('is refused rather than guessed', () => {
    expect(() => typeOf({ type: 'bigint' })).toThrow('no type is known');
  });
});
