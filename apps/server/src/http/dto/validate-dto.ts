import { ClaudeError, type FieldProblem } from '@steward/claude';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

type Class<T> = new () => T;

/**
 * A value from outside as a DTO: every field checked, unknown fields refused. The same for HTTP and WebSocket.
 *
 * @throws ClaudeError `request.invalid` naming each field and the reason
 */
export function validateDto<T extends object>(type: Class<T>, value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid([{ field: '', reason: 'must be a JSON object' }]);
  const dto = plainToInstance(type, value);
  const errors = validateSync(dto, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    stopAtFirstError: true,
  });
  if (errors.length > 0) throw invalid(errors.flatMap((error) => problemsOf(error, '')));
  return dto;
}

export function invalid(fields: readonly FieldProblem[]): ClaudeError {
  const reason = fields.map(({ field, reason: why }) => `${field || 'the body'} ${why}`).join('; ');
  return new ClaudeError('request.invalid', { reason }, { fields });
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
