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
  | 'broken';

/** One limit of the account, as the provider's headers tell it. */
export interface RateLimit {
  readonly limit: number | null;
  readonly remaining: number | null;
  /** ISO 8601. */
  readonly resetsAt: string | null;
}

/** Something that went wrong between this worker and the provider, told when it is known. */
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
  /** The provider's word for the error, `overloaded_error`; for unreachable the reason of the system, `ECONNREFUSED`. */
  readonly reason: string | null;
  /** From `retry-after`, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** When the provider says that it works again; ISO 8601. */
  readonly resetsAt: string | null;
  /** By name: `requests`, `input-tokens`, `unified-5h`, …. */
  readonly limits: Readonly<Record<string, RateLimit>>;
  /** Failed requests of this model directly before it, in this run. */
  readonly retry: number;
}
