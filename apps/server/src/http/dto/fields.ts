import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  registerDecorator,
  ValidateIf,
} from 'class-validator';

/** No argument of a program can hold a NUL, and no text that people write does. */
const WITHOUT_NUL = rule(
  'isWithoutNul',
  'must not contain the character NUL',
  (value) => !(typeof value === 'string' && value.includes('\0')),
);
/** The model provider refuses a text of white space only, after an agent process was started for it. */
const NOT_BLANK = rule(
  'isNotBlank',
  'must not be blank',
  (value) => !(typeof value === 'string' && value.trim() === ''),
);

interface Common {
  readonly about: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

/** A field's rules and its documentation are written together, so that they cannot differ. */
function field(
  { about, required = false, example }: Common,
  schema: ApiPropertyOptions,
  ...rules: PropertyDecorator[]
): PropertyDecorator {
  const options = {
    description: about,
    ...(example === undefined ? {} : { example }),
    ...schema,
  } as ApiPropertyOptions;
  // `null` is no way of leaving a field out: only an absent one is.
  const presence = required
    ? [ApiProperty(options)]
    : [ApiPropertyOptional(options), ValidateIf((_body, value) => value !== undefined)];
  return applyDecorators(...presence, ...rules);
}

export const TextField = ({ max, min = 1, ...common }: Common & { max: number; min?: number }): PropertyDecorator =>
  field(common, { type: String, minLength: min, maxLength: max }, IsString(), Length(min, max), WITHOUT_NUL);

/** A text that says something. */
export const SpokenField = ({ max, ...common }: Common & { max: number }): PropertyDecorator =>
  field(common, { type: String, minLength: 1, maxLength: max }, IsString(), Length(1, max), WITHOUT_NUL, NOT_BLANK);

/** A text of a given form. */
export const WordField = ({ max, pattern, ...common }: Common & { max: number; pattern: RegExp }): PropertyDecorator =>
  field(
    common,
    { type: String, maxLength: max, pattern: pattern.source },
    IsString(),
    MaxLength(max),
    Matches(pattern),
  );

export const IntegerField = ({ min, max, ...common }: Common & { min: number; max: number }): PropertyDecorator =>
  field(common, { type: 'integer', minimum: min, maximum: max }, IsInt(), Min(min), Max(max));

/** A number in a query string. */
export const QueryIntegerField = (options: Common & { min: number; max: number }): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    Type(() => Number),
    IntegerField(options),
  );

export const ChoiceField = ({ values, ...common }: Common & { values: readonly string[] }): PropertyDecorator =>
  field(common, { type: String, enum: [...values] }, IsIn([...values]));

export const WordsField = ({
  maxItems,
  maxLength,
  pattern,
  ...common
}: Common & { maxItems: number; maxLength: number; pattern: RegExp }): PropertyDecorator =>
  field(
    common,
    { type: 'array', items: { type: 'string', maxLength, pattern: pattern.source }, maxItems },
    IsArray(),
    ArrayMaxSize(maxItems),
    IsString({ each: true }),
    MaxLength(maxLength, { each: true }),
    Matches(pattern, { each: true }),
  );

/** A map of short texts. */
export const MetadataField = (common: Common): PropertyDecorator =>
  field(
    common,
    { type: 'object', additionalProperties: { type: 'string', maxLength: 512 } },
    rule('isMetadata', METADATA_REASON, isMetadata),
  );

/** A JSON object, bounded in its size as text. */
export const JsonField = ({ maxBytes, ...common }: Common & { maxBytes: number }): PropertyDecorator =>
  field(
    common,
    { type: 'object', additionalProperties: true },
    rule(
      'isJsonObject',
      `must be a JSON object of at most ${maxBytes} bytes`,
      (value) => isPlainObject(value) && Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
    ),
  );

const METADATA_REASON = 'must be an object of at most 16 texts; keys up to 64 characters, values up to 512';

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isMetadata(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= 16 &&
    entries.every(([key, text]) => key.length <= 64 && typeof text === 'string' && text.length <= 512)
  );
}

function rule(name: string, reason: string, holds: (value: unknown) => boolean): PropertyDecorator {
  return (target, propertyKey) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyKey),
      validator: { validate: holds, defaultMessage: () => reason },
    });
}
