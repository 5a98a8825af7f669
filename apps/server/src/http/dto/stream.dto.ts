import { EVENTS, READER_EVENTS } from '@steward/claude';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { field, rule, type Common } from './field.js';
import { QueryIntegerField, WordField } from './fields.js';

const KNOWN = [...Object.keys(EVENTS), ...Object.keys(READER_EVENTS)];
const MAX_TYPES = 50;

/** What is wrong with a list of event types; undefined when nothing is. */
function typesProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TYPES)
    return `must name 1 to ${MAX_TYPES} event types`;
  const unknown = value.find((type: unknown) => typeof type !== 'string' || !isKnown(type)) as unknown;
  if (unknown === undefined) return undefined;
  return `names ${JSON.stringify(unknown)?.slice(0, 60)}, which is no event type and no beginning of one like tool.*; docs/events.md lists them`;
}

const isKnown = (type: string): boolean =>
  type.endsWith('*') ? KNOWN.some((known) => known.startsWith(type.slice(0, -1))) : KNOWN.includes(type);

/** Event types by name or beginning. In an address they are one text, separated by commas. */
export const TypesField = (common: Common): PropertyDecorator =>
  applyDecorators(
    field(
      common,
      { type: 'array', items: { type: 'string' }, maxItems: MAX_TYPES },
      rule(
        'areEventTypes',
        (value) => typesProblem(value) ?? '',
        (value) => typesProblem(value) === undefined,
      ),
    ),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(',').map((type) => type.trim()) : value,
    ),
  );

/** `true` or `false` in an address. */
export const QueryFlagField = (common: Common): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    field(
      common,
      { type: Boolean },
      ValidateBy({
        name: 'isFlag',
        validator: {
          validate: (value) => typeof value === 'boolean',
          defaultMessage: () => 'must be true or false',
        },
      }),
    ),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
  );

export const TYPES =
  'Only these types of events, or beginnings of names: `text.delta,tool.*`. The terminal event always comes.';
export const DELTAS = 'False: whole messages only, no deltas. Default: true.';
const SEQ = 'Only events after this seq. `Last-Event-ID` means the same and wins.';
const PLACE =
  'Only events after this one, by its `id:`; `0`: all that is kept (default), `end`: only what is to come. `Last-Event-ID` means the same and wins.';

class FilterQueryDto {
  @TypesField({ about: TYPES })
  types?: string[];

  @QueryFlagField({ about: DELTAS })
  deltas?: boolean;
}

export class EventsQueryDto extends FilterQueryDto {
  @QueryIntegerField({ min: 0, max: Number.MAX_SAFE_INTEGER, about: SEQ })
  after?: number;

  @QueryIntegerField({ min: 1, max: 1000, about: 'JSON pages: events of a page. Default: 200.' })
  limit?: number;
}

export const SESSION_PLACE = /^(0|end|[0-9a-f-]{36}:\d{1,15})$/;
export const FEED_PLACE = /^(0|end|\d{1,15}-\d{1,15})$/;

export class SessionEventsQueryDto extends FilterQueryDto {
  @WordField({ max: 60, pattern: SESSION_PLACE, about: PLACE })
  after?: string;
}

export class FeedQueryDto {
  @TypesField({ about: TYPES })
  types?: string[];

  @WordField({ max: 40, pattern: FEED_PLACE, about: PLACE })
  after?: string;
}
