import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { plainToInstance, Type } from 'class-transformer';
import { ValidateNested, validateSync } from 'class-validator';
import { type Common, field, isPlainObject, rule } from './field.js';

/** A DTO of its own inside. */
export const NestedField = ({ of, ...common }: Common & { of: new () => object }): PropertyDecorator =>
  field(
    common,
    { type: of },
    rule('isNested', 'must be a JSON object', isPlainObject),
    ValidateNested(),
    Type(() => of),
  );

/** A list of DTOs. */
export const NestedListField = ({
  of,
  maxItems,
  ...common
}: Common & { of: new () => object; maxItems: number }): PropertyDecorator =>
  field(
    common,
    { type: [of], maxItems },
    rule(
      'isNestedList',
      `must be a list of at most ${maxItems} JSON objects`,
      (value) => Array.isArray(value) && value.length <= maxItems && value.every(isPlainObject),
    ),
    ValidateNested({ each: true }),
    Type(() => of),
  );

/** Named entries, each checked like a DTO of its own. */
export const NamedField = ({
  of,
  maxItems,
  name,
  ...common
}: Common & { of: new () => object; maxItems: number; name: RegExp }): PropertyDecorator =>
  applyDecorators(
    // The class that has the field is where the document is made from, not the field.
    (target: object) => ApiExtraModels(of)(target.constructor),
    field(
      common,
      {
        type: 'object',
        additionalProperties: { $ref: getSchemaPath(of) },
        maxProperties: maxItems,
      },
      rule(
        'isNamed',
        (value) =>
          entryProblems(of, value)[0] ?? `must be an object of at most ${maxItems} entries, named like ${name.source}`,
        (value) =>
          isPlainObject(value) &&
          Object.keys(value).length <= maxItems &&
          Object.keys(value).every((key) => name.test(key)) &&
          entryProblems(of, value).length === 0,
      ),
    ),
  );

function entryProblems(of: new () => object, value: unknown): string[] {
  return Object.entries(value as object).flatMap(([key, entry]) => {
    if (!isPlainObject(entry)) return [`${key} must be an object`];
    const options = { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true };
    return validateSync(plainToInstance(of, entry), options).map(
      ({ property, constraints }) => `${key}: ${Object.values(constraints ?? {})[0] ?? `${property} is wrong`}`,
    );
  });
}

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

function isMetadata(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= 16 &&
    entries.every(
      ([key, text]) => key.length <= 64 && !(key in Object.prototype) && typeof text === 'string' && text.length <= 512,
    )
  );
}
