import { HttpException, Injectable } from '@nestjs/common';
import { ClaudeError, ClaudeErrorService, type ErrorCode } from '@steward/claude';
import { type Request } from 'express';
import { allowedMethods } from './allowed-methods.js';

const CODES: Record<number, ErrorCode> = {
  400: 'request.invalid',
  404: 'request.not_found',
  405: 'request.method_not_allowed',
  413: 'request.too_large',
  415: 'request.media_type',
  503: 'queue.draining',
};

/** What the framework and its parsers throw, as rows of the table. */
@Injectable()
export class HttpErrors {
  constructor(private readonly errors: ClaudeErrorService) {}

  of(thrown: unknown, request: Request, limitBytes: number): ClaudeError {
    const status = statusOf(thrown);
    const allowed = status === 404 && !(thrown instanceof ClaudeError) ? allowedMethods(request) : [];
    const code = status === null ? undefined : CODES[allowed.length > 0 ? 405 : status];
    if (thrown instanceof ClaudeError || code === undefined) return this.errors.normalize(thrown);
    const [what, field, reason] = isEncoded(request.path)
      ? ['body', '', 'is not JSON in UTF-8']
      : ['path', 'path', 'is not UTF-8 in percent-encoding'];
    const details: Record<ErrorCode, Record<string, unknown>> | Record<string, Record<string, unknown>> = {
      'request.invalid': { reason: `the ${what} ${reason}` },
      'request.not_found': { path: request.path },
      'request.method_not_allowed': { method: request.method, allowed },
      'request.too_large': { limitBytes },
    };
    const fields = code === 'request.invalid' ? [{ field, reason }] : [];
    return new ClaudeError(code, details[code] ?? {}, { cause: thrown, fields });
  }
}

function isEncoded(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

/** Body parsers throw plain errors that carry a status. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { status, expose } = (thrown ?? {}) as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && typeof expose === 'boolean' ? status : null;
}
