const properties = (one: unknown) => ({ type: 'object', properties: { a: one } });

/** Schemas that the CLI drops without a word; structured output is off then. */
export const IGNORED_SCHEMAS: Readonly<Record<string, Record<string, unknown>>> = {
  'a type that is none': { type: 'nonsense' },
  'a reference to nowhere': properties({ $ref: '#/$defs/nope' }),
  'a reference to another document': { $ref: 'http://127.0.0.1/schema' },
  'properties that are a list': { type: 'object', properties: [] },
  'required that is a text': { type: 'object', required: 'a' },
  'an unknown keyword': { type: 'object', foo: 1 },
  'a pattern that is none': properties({ type: 'string', pattern: '(' }),
};

/** Schemas that it takes. */
export const TAKEN_SCHEMAS: Readonly<Record<string, Record<string, unknown>>> = {
  'nothing in it': {},
  'a list': { type: 'array', items: { type: 'number' } },
  'a reference within': { ...properties({ $ref: '#/$defs/x' }), $defs: { x: { type: 'number' } } },
  'a boolean schema': properties(true),
  'one of several': { anyOf: [{ type: 'object' }] },
};
