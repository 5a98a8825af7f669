import type { Conversation } from '../request/conversation.reader.js';
import { reply, tool } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, pondered } from './demo.typing.js';

export const STRUCTURED_OUTPUT = 'StructuredOutput';

/** Answers in the shape that the caller asked for, with the plainest values that fit. */
export function structuredDemo({ body }: Conversation): Script {
  const schema = body.tools?.find(({ name }) => name === STRUCTURED_OUTPUT)?.['input_schema'];
  return demoOf(() =>
    reply(pondered('An answer in a given shape is wanted. '), tool(STRUCTURED_OUTPUT, sampleOf(schema))),
  );
}

/** The smallest value that a plain JSON schema allows. */
export function sampleOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return 'demo';
  const {
    type,
    enum: values,
    const: fixed,
    properties,
    required,
    items,
    minItems,
    minimum,
    anyOf,
  } = schema as Record<string, unknown>;
  if (fixed !== undefined) return fixed;
  if (Array.isArray(values)) return values[0] as unknown;
  if (Array.isArray(anyOf)) return sampleOf(anyOf[0]);
  switch (Array.isArray(type) ? (type as unknown[])[0] : type) {
    case 'object': {
      const known = (properties ?? {}) as Record<string, unknown>;
      const names = Array.isArray(required) ? (required as string[]) : Object.keys(known);
      return Object.fromEntries(names.map((name) => [name, sampleOf(known[name])]));
    }
    case 'array':
      return Array.from({ length: typeof minItems === 'number' ? minItems : 1 }, () => sampleOf(items));
    case 'integer':
    case 'number':
      return typeof minimum === 'number' ? minimum : 42;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'demo';
  }
}
