// Made by `npm run generate` from the tables of the server; edit those.

/** A wrong field of a request. */
export type FieldProblem = {
  readonly field: string;
  readonly reason: string;
};

/** RFC 9457. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** Each wrong field of the request. */
  readonly errors: readonly FieldProblem[];
};
