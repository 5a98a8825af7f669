/** What sort of trouble a request to the model met. */
export type ModelTrouble =
  /** 429: a limit of the account; `resetsAt` and `limits` say until when. */
  | 'rate_limited'
  /** 529: the provider has no capacity. */
  | 'overloaded'
  /** Any other 5xx. */
  | 'failed'
  /** 401 or 403: the operator's credential is not accepted. */
  | 'refused_credential'
  /** Any other 4xx: this request, and no other, is wrong. */
  | 'refused_request'
  /** No answer: no connection, a TLS certificate that does not fit, a connection that was cut. */
  | 'unreachable'
  /** An answer that broke off, said an error in mid-stream, or could not be read. */
  | 'broken'
  /** An answer that began and fell silent: nothing, or nothing but pings, for longer than is waited for. */
  | 'stalled';

/** One limit of the account, as the provider's headers tell it. */
export interface RateLimit {
  readonly limit: number | null;
  readonly remaining: number | null;
  /** ISO 8601. */
  readonly resetsAt: string | null;
}

/**
 * Something that went wrong between this worker and the provider, told when it is known: the one contract for whoever
 * decides about retries, parking and breakers. Everything to decide on is a field; no text has to be matched.
 *
 * - Is it the account's matter (`rate_limited`, `refused_credential`), the provider's (`overloaded`, `failed`,
 *   `unreachable`, `broken`), or this request's alone (`refused_request`)? `trouble` says.
 * - When may it be tried again? `retryAfterMs` and `resetsAt`, where the provider said so; null: it did not. Both are
 *   as the provider gave them, also when they lie days ahead or in the past.
 * - Does the provider want it tried again at all? `shouldRetry`, where it said so.
 */
export interface ModelFact {
  readonly trouble: ModelTrouble;
  readonly runId: string;
  readonly sessionId: string;
  readonly requestId: string;
  /** Empty when it is not known. */
  readonly model: string;
  /** ISO 8601. */
  readonly at: string;
  readonly status: number | null;
  /**
   * `broken`: the provider's word for an error in mid-stream, `overloaded_error`, or the system's, `ECONNRESET`.
   * `unreachable`: the system's word: `ECONNREFUSED`, `ENOTFOUND` or `EAI_AGAIN` (no such name, no name service),
   * `ETIMEDOUT` (also an answer that did not begin in STEWARD_MODEL_ANSWER_TIMEOUT_MS), a code of TLS
   * (`DEPTH_ZERO_SELF_SIGNED_CERT`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, …), of a broken protocol
   * (`EPROTO`, `HPE_…`), or of a proxy. Null where a status was told: its reason comes in the body, after this.
   */
  readonly reason: string | null;
  /** From `x-should-retry`; null: the provider did not say. */
  readonly shouldRetry: boolean | null;
  /** From `retry-after-ms` or `retry-after`, in milliseconds, 0 or more. */
  readonly retryAfterMs: number | null;
  /**
   * When the provider says that it works again; ISO 8601. From `retry-after`; without it the unified limit's reset; without
   * that the latest reset of the limits of which nothing remains.
   */
  readonly resetsAt: string | null;
  /** By name: `requests`, `input-tokens`, `unified`, `unified-5h`, …. Empty where no header told of any. */
  readonly limits: Readonly<Record<string, RateLimit>>;
  /** Failed requests of this model directly before it, in this run. */
  readonly retry: number;
}
