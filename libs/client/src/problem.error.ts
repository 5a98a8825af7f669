import { type Problem } from './generated/api.generated.js';
import { type ErrorCode } from './generated/error-codes.generated.js';

/** The server refused; `code` says why (docs/errors.md lists all). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: Problem,
    /** Milliseconds that the server asked to wait; undefined when it did not say. */
    readonly retryAfterMs?: number,
  ) {
    super(problem.detail);
  }

  /** A newer server may answer a code that is not listed here. */
  get code(): ErrorCode {
    return this.problem.code as ErrorCode;
  }

  get status(): number {
    return this.problem.status;
  }
}
