import { type ClaudeError, ERROR_KINDS } from '@steward/claude';

/** RFC 9457, with what a program needs: the code, whether to try again, and each wrong field. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly field: string; readonly reason: string }[];
}

export function problemOf(error: ClaudeError, requestId: string | null): Problem {
  return {
    type: `urn:steward:error:${error.code}`,
    title: ERROR_KINDS[error.kind].about,
    status: error.status,
    detail: error.message,
    code: error.code,
    retryable: error.retryable,
    requestId,
    details: error.details,
    errors: error.fields,
  };
}
