import { EVENTS, READER_EVENTS } from '@steward/claude';
import { type OpenAPIObject } from '@nestjs/swagger';

/** A JSON Schema, as AsyncAPI takes it. */
export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Every field is needed, but for those named behind. */
export const object = (properties: Schemas, optional: readonly string[] = [], description?: string): Schema => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

export const text = (description: string): Schema => ({ type: 'string', description });
export const textOrNull = (description: string): Schema => ({ type: ['string', 'null'], description });
export const whole = (description: string): Schema => ({ type: 'integer', minimum: 0, description });

const at: Schema = { type: 'string', format: 'date-time', description: 'When it was written, UTC.' };

/** A table's schema without what TypeBox keeps in it for itself. */
const plain = (schema: object): Schema => JSON.parse(JSON.stringify(schema)) as Schema;

export const EVENT_TYPES = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
export const READER_EVENT_TYPES = Object.keys(READER_EVENTS) as (keyof typeof READER_EVENTS)[];

/** One schema for each event as a reader gets it, by its type. */
export function eventSchemas(): Schemas {
  const frames = EVENT_TYPES.map((type) => {
    const { about, data } = EVENTS[type];
    const fields = {
      fromSeq: whole('The previous frame’s `seq` + 1.'),
      seq: whole('Number of its last event.'),
      at,
      runId: text('Its run.'),
      sessionId: text('The session of the run.'),
      type: { type: 'string', const: type },
      data: plain(data),
    };
    return [type, object(fields, [], about)] as const;
  });
  const ofReaders = READER_EVENT_TYPES.map((type) => {
    const { about, data } = READER_EVENTS[type];
    const fields = {
      at,
      runId: textOrNull('Its run; null where it is about more than one.'),
      sessionId: textOrNull('The session of the run.'),
      type: { type: 'string', const: type },
      data: plain(data),
    };
    return [type, object(fields, [], about)] as const;
  });
  return Object.fromEntries([...frames, ...ofReaders]);
}

/** The named schemas of the HTTP API, with all that they refer to. */
export function borrowedSchemas({ components }: OpenAPIObject, names: readonly string[]): Schemas {
  const all = (components?.schemas ?? {}) as unknown as Schemas;
  const found = new Map<string, Schema>();
  const take = (name: string): void => {
    const schema = all[name];
    if (found.has(name) || !schema) return;
    found.set(name, schema);
    for (const [, other] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) take(other!);
  };
  for (const name of names) take(name);
  return Object.fromEntries(found);
}
