import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { TypeWriter } from './type.writer.js';

const flat = (text: string): string => text.replace(/\s+/g, ' ');
const typeOf = (schema: object, writer = new TypeWriter()): string => flat(writer.typeOf(schema));

describe('the type of a schema', () => {
  it.each<[object, string]>([
    [Type.String(), 'string'],
    [Type.Integer(), 'number'],
    [Type.Unknown(), 'unknown'],
    [Type.Union([Type.Literal('a'), Type.Null()]), "'a' | null"],
    [Type.Array(Type.Union([Type.String(), Type.Null()])), 'readonly (string | null)[]'],
    [Type.Record(Type.String(), Type.Boolean()), 'Readonly<Record<string, boolean>>'],
    [{ type: 'string', enum: ['a', 'b'] }, "'a' | 'b'"],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'object', additionalProperties: true }, 'Readonly<Record<string, unknown>>'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'Readonly<Record<string, string>>'],
    [
      Type.Object({ a: Type.String({ description: 'A.' }), b: Type.Optional(Type.Object({ c: Type.Integer() })) }),
      '{ /** A. */ readonly a: string; readonly b?: { readonly c: number; }; }',
    ],
  ])('%j', (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it.each([
    { type: 'bigint' },
    { type: ['string', 'bigint'] },
    { type: 'object' },
    { $ref: '#/unknown' },
    { oneOf: [] },
  ])('is refused rather than guessed: %j', (schema) => {
    expect(() => typeOf(schema)).toThrow(/no (type|name) is known/);
  });
});

describe('a shape', () => {
  const pair = { a: Type.String(), b: Type.Integer() };
  const small = Type.Object({ a: Type.String() }, { title: 'Small' });
  const large = Type.Object(pair, { title: 'Large' });
  const writer = new TypeWriter([small, large]);

  it('is referred to by its title, and the larger one where two are in a schema', () => {
    expect(typeOf(Type.Array(large), writer)).toBe('readonly Large[]');
    expect(typeOf(Type.Object(pair), writer)).toBe('Large');
    expect(typeOf(Type.Object({ ...pair, c: Type.Null() }), writer)).toBe('Large & { readonly c: null; }');
  });

  it('is not taken for another one of the same names', () => {
    const other = Type.Object({ a: Type.Optional(Type.String()) });
    expect(typeOf(other, writer)).toBe('{ readonly a?: string; }');
    expect(typeOf(Type.Object({ a: Type.Null() }), writer)).toBe('{ readonly a: null; }');
  });

  it('is declared once, on top of what it has in it', () => {
    expect(flat(writer.declare('Large', large, 'Both.'))).toBe(
      '/** Both. */ export type Large = Small & { readonly b: number; };',
    );
  });

  it('may be named by a reference', () => {
    const refs = new TypeWriter([], { PairView: 'Pair' });
    expect(typeOf({ allOf: [{ $ref: '#/components/schemas/PairView' }] }, refs)).toBe('Pair');
    expect(typeOf({ anyOf: [{ $ref: '#/components/schemas/PairView' }, { type: 'null' }] }, refs)).toBe('Pair | null');
  });
});
