import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { type Common, field, rule } from './field.js';

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

export const FlagField = (common: Common): PropertyDecorator => field(common, { type: Boolean }, IsBoolean());

/** A list of words out of a few. */
export const ChoicesField = ({ values, ...common }: Common & { values: readonly string[] }): PropertyDecorator =>
  field(
    common,
    { type: 'array', items: { type: 'string', enum: [...values] }, uniqueItems: true, maxItems: values.length },
    IsArray(),
    ArrayUnique(),
    IsIn([...values], { each: true }),
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

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** A moment in time, not too far ahead. */
export const MomentField = ({ maxAheadMs, ...common }: Common & { maxAheadMs: number }): PropertyDecorator =>
  field(
    common,
    { type: String, format: 'date-time' },
    rule(
      'isMoment',
      'must be a moment like 2026-12-24T18:00:00Z',
      (value) => typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value)),
    ),
    rule(
      'isNear',
      `must be at most ${maxAheadMs / 86_400_000} days ahead`,
      (value) => typeof value !== 'string' || !(Date.parse(value) > Date.now() + maxAheadMs),
    ),
  );
