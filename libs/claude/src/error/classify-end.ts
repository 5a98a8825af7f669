import { type ErrorDetails } from './error-row.types.js';
import { type ErrorCode } from './error.table.js';

/** What is known, as fields, about a result of the CLI that is an error (PROTOCOL.md §2.6 and §7.1). */
export interface FailedResult {
  readonly subtype: string;
  readonly terminalReason?: string | undefined;
  readonly stopReason?: string | undefined;
  /** Status of the last API answer; null when there was none (no connection, 529 after retries). */
  readonly apiErrorStatus?: number | null | undefined;
  /** `error` of the synthetic assistant message that came before the result. */
  readonly assistantError?: string | undefined;
  /** `error_status` of the last `api_retry` line; null when the connection itself failed. */
  readonly lastRetryStatus?: number | null | undefined;
  /** The CLI's sentence about it; shown as `details.reason`, never matched except where marked. */
  readonly text?: string | undefined;
}

export interface Classified {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

const BY_SUBTYPE: Record<string, ErrorCode> = {
  error_max_turns: 'run.max_turns',
  error_max_budget_usd: 'budget.exceeded',
  error_max_structured_output_retries: 'output.invalid',
};

const BY_STATUS: Record<number, ErrorCode> = {
  400: 'model.invalid_request',
  401: 'auth.failed',
  402: 'model.billing',
  403: 'auth.failed',
  404: 'model.not_found',
  413: 'model.prompt_too_long',
  429: 'model.rate_limited',
  529: 'model.overloaded',
};

const BY_ASSISTANT_ERROR: Record<string, ErrorCode> = {
  authentication_failed: 'auth.failed',
  oauth_org_not_allowed: 'auth.failed',
  billing_error: 'model.billing',
  rate_limit: 'model.rate_limited',
  overloaded: 'model.overloaded',
  model_not_found: 'model.not_found',
};

/** Names the failure behind an error result, from structured fields; the more specific field wins. */
export function classifyFailedResult(facts: FailedResult): Classified {
  const details: Record<string, unknown> = {};
  if (facts.text) details['reason'] = facts.text.slice(0, 500);
  if (typeof facts.apiErrorStatus === 'number') details['status'] = facts.apiErrorStatus;
  const code = codeOf(facts);
  if (code === 'cli.failed') details['subtype'] = facts.subtype;
  return { code, details };
}

function codeOf(facts: FailedResult): ErrorCode {
  const bySubtype = BY_SUBTYPE[facts.subtype];
  if (bySubtype) return bySubtype;
  if (facts.terminalReason?.startsWith('aborted_')) return 'run.interrupted';
  if (facts.terminalReason === 'prompt_too_long') return 'model.prompt_too_long';
  if (facts.stopReason === 'refusal') return 'model.refused';
  const byError = BY_ASSISTANT_ERROR[facts.assistantError ?? ''];
  if (byError) return byError;
  const status = facts.apiErrorStatus ?? facts.lastRetryStatus;
  if (typeof status === 'number')
    return BY_STATUS[status] ?? (status >= 500 ? 'model.failed' : 'model.invalid_request');
  // A null status of the last retry line means that there was no HTTP answer.
  if (facts.lastRetryStatus === null) return 'model.unreachable';
  // The one match on text: without any status the CLI says `server_error` both for 529 and for a stream that broke
  // off, and no field tells them apart.
  if (facts.assistantError === 'server_error')
    return /\b529\b/.test(facts.text ?? '') ? 'model.overloaded' : 'model.unreachable';
  // Any other way to fail that the CLI names, those of later versions too, is its own and not the provider's.
  return facts.subtype === 'success' ? 'model.unreachable' : 'cli.failed';
}
