import { type ErrorDetails } from './error-row.types.js';
import { type ErrorCode } from './error.table.js';

/** Trouble with the model provider as the gateway saw it on the wire. */
export interface WireTrouble {
  /** A `ModelTrouble` of the model room. */
  readonly trouble: string;
  readonly status: number | null;
  /** The provider's or the system's word for it: `overloaded_error`, `ECONNREFUSED`, …. */
  readonly reason: string | null;
}

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
  /** What the last request met, where it failed and the gateway was in the path. */
  readonly wire?: WireTrouble | null | undefined;
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

const BY_TROUBLE: Record<string, ErrorCode> = {
  rate_limited: 'model.rate_limited',
  overloaded: 'model.overloaded',
  failed: 'model.failed',
  refused_credential: 'auth.failed',
  unreachable: 'model.unreachable',
  stalled: 'model.stalled',
};

/** What a provider says in mid-stream instead of a status. */
const BY_STREAM_ERROR: Record<string, ErrorCode> = {
  overloaded_error: 'model.overloaded',
  rate_limit_error: 'model.rate_limited',
  api_error: 'model.failed',
  timeout_error: 'model.failed',
};

/**
 * Names the failure behind an error result, from structured fields; the more specific field wins. Where only the CLI's
 * sentence tells it, `details.classifiedBy` says `text`.
 */
export function classifyFailedResult(facts: FailedResult): Classified {
  const details: Record<string, unknown> = {};
  if (facts.text) details['reason'] = facts.text.slice(0, 500);
  const status = facts.wire ? facts.wire.status : facts.apiErrorStatus;
  if (typeof status === 'number') details['status'] = status;
  if (facts.wire?.reason) details['cause'] = facts.wire.reason;
  const known = codeOf(facts);
  const code = known ?? byText(facts);
  if (known === null) details['classifiedBy'] = 'text';
  if (code === 'cli.failed') details['subtype'] = facts.subtype;
  return { code, details };
}

/** Null where no field tells it. */
function codeOf(facts: FailedResult): ErrorCode | null {
  const bySubtype = BY_SUBTYPE[facts.subtype];
  if (bySubtype) return bySubtype;
  if (facts.terminalReason?.startsWith('aborted_')) return 'run.interrupted';
  if (facts.terminalReason === 'prompt_too_long') return 'model.prompt_too_long';
  if (facts.stopReason === 'refusal') return 'model.refused';
  const byError = BY_ASSISTANT_ERROR[facts.assistantError ?? ''];
  if (byError) return byError;
  const byWire = facts.wire ? codeOfWire(facts.wire) : null;
  if (byWire) return byWire;
  const status = facts.apiErrorStatus ?? facts.lastRetryStatus;
  if (typeof status === 'number') return codeOfStatus(status);
  // A null status of the last retry line means that there was no HTTP answer.
  if (facts.lastRetryStatus === null) return 'model.unreachable';
  if (facts.assistantError === 'server_error') return null;
  // Any other way to fail that the CLI names, those of later versions too, is its own and not the provider's.
  return facts.subtype === 'success' ? 'model.unreachable' : 'cli.failed';
}

const codeOfStatus = (status: number): ErrorCode =>
  BY_STATUS[status] ?? (status >= 500 ? 'model.failed' : 'model.invalid_request');

function codeOfWire({ trouble, status, reason }: WireTrouble): ErrorCode {
  if (trouble === 'refused_request') return status === null ? 'model.invalid_request' : codeOfStatus(status);
  if (trouble === 'broken') return BY_STREAM_ERROR[reason ?? ''] ?? 'model.unreachable';
  return BY_TROUBLE[trouble] ?? 'model.unreachable';
}

/**
 * The one match on text, for a CLI that no gateway watches: without any status it says `server_error` both for 529 and
 * for a stream that broke off, and no field tells them apart.
 */
const byText = ({ text }: FailedResult): ErrorCode =>
  /\b529\b/.test(text ?? '') ? 'model.overloaded' : 'model.unreachable';
