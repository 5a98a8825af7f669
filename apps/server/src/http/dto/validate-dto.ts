import { ClaudeError, type FieldProblem } from '@steward/claude';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { rememberMetadata } from './known-metadata.js';
import { hasEntry, isDeeperThan } from './nesting.js';

rememberMetadata();

type Class<T> = new () => T;

/** Levels of objects and lists in one field; what works on a value recursively would run out of stack far beyond. */
const MAX_NESTING = 64;

/**
 * A value from outside as a DTO: every field checked, unknown fields refused. The same for HTTP and WebSocket.
 *
 * @throws ClaudeError `request.invalid` naming each field and the reason
 */
export function validateDto<T extends object>(type: Class<T>, value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw ClaudeError.invalid([{ field: '', reason: 'must be a JSON object' }]);
  const suspect = suspectFields(value as Record<string, unknown>);
  if (suspect.length > 0) throw ClaudeError.invalid(suspect);
  const dto = plainToInstance(type, value);
  const errors = validateSync(dto, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    stopAtFirstError: true,
  });
  if (errors.length > 0) throw ClaudeError.invalid(errors.flatMap((error) => problemsOf(error, '')));
  return dto;
}

/**
 * What must not even reach the transformation: it recurses into values, leaves `__proto__` out in silence, and the
 * validator takes every name that all objects have for a known one.
 */
function suspectFields(value: Record<string, unknown>): FieldProblem[] {
  return Object.keys(value).flatMap((field) => {
    if (field in Object.prototype) return [{ field, reason: 'is not a field of this request' }];
    const name = field.slice(0, 100);
    if (isDeeperThan(value[field], MAX_NESTING))
      return [{ field: name, reason: `is nested more than ${MAX_NESTING} levels deep` }];
    // The transformation takes it for the class of the object.
    return hasEntry(value[field], 'constructor') ? [{ field: name, reason: 'has an entry named constructor' }] : [];
  });
}

function problemsOf(error: ValidationError, prefix: string): FieldProblem[] {
  const field = prefix + error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, text]) => ({
    field,
    reason: reasonOf(rule, text, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, `${field}.`))];
}

/** class-validator begins its sentences with the name of the field, which stands beside it already. */
function reasonOf(rule: string, text: string, property: string): string {
  if (rule === 'whitelistValidation') return 'is not a field of this request';
  return text.startsWith(`${property} `) ? text.slice(property.length + 1) : text;
}
