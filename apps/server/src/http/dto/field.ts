import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { registerDecorator, ValidateIf } from 'class-validator';

export interface Common {
  readonly about: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

/** A field's rules and its documentation are written together, so that they cannot differ. */
export function field(
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

/** A rule of our own; its reason may depend on what was given. */
export function rule(
  name: string,
  reason: string | ((value: unknown) => string),
  holds: (value: unknown) => boolean,
): PropertyDecorator {
  const words = typeof reason === 'string' ? () => reason : reason;
  return (target, propertyKey) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyKey),
      validator: { validate: holds, defaultMessage: (given) => words(given?.value) },
    });
}

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
