import { ERROR_KINDS, type ErrorKind } from './error-kind.table.js';
import { type ErrorDetails } from './error-row.types.js';
import { type ErrorCode, errorRow } from './error.table.js';

/** One wrong field of a request. */
export interface FieldProblem {
  /** Path of the field, `attachments.0.data`; empty for the body as a whole. */
  readonly field: string;
  readonly reason: string;
}

/** A failure as it travels in records, events and answers: data only. */
export interface ErrorView {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;
}

/**
 * The one error class. `code` decides everything else; `cause` keeps what was caught, for the log only.
 * `details` reach clients: put nothing internal and no secret in them.
 */
export class ClaudeError extends Error {
  override readonly name = 'ClaudeError';
  readonly fields: readonly FieldProblem[];

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
    options: { cause?: unknown; fields?: readonly FieldProblem[] } = {},
  ) {
    const { message } = errorRow(code);
    super(typeof message === 'string' ? message : message(details), { cause: options.cause });
    this.fields = options.fields ?? [];
  }

  /** `request.invalid` for these fields, which its sentence names too. */
  static invalid(fields: readonly FieldProblem[]): ClaudeError {
    const reason = fields.map(({ field, reason: why }) => `${field || 'the body'} ${why}`).join('; ');
    return new ClaudeError('request.invalid', { reason }, { fields });
  }

  get kind(): ErrorKind {
    return errorRow(this.code).kind;
  }

  get retryable(): boolean {
    return errorRow(this.code).retryable;
  }

  /** HTTP status of this failure. */
  get status(): number {
    return ERROR_KINDS[this.kind].status;
  }

  toView(): ErrorView {
    return { code: this.code, message: this.message, retryable: this.retryable, details: this.details };
  }
}
