/** What sort of failure a code is; the HTTP status follows from the kind and from nothing else. */
export const ERROR_KINDS = {
  invalid: { status: 400, about: 'The request itself is wrong.' },
  unprocessable: { status: 422, about: 'The request is well formed and contradicts an earlier one.' },
  unauthenticated: { status: 401, about: 'The caller has not said who they are.' },
  forbidden: { status: 403, about: 'The caller, or the policy of the operator, does not allow it.' },
  not_found: { status: 404, about: 'There is no such thing, or it belongs to somebody else.' },
  method: { status: 405, about: 'The path exists, the method does not.' },
  conflict: { status: 409, about: 'The thing is in a state that does not allow it.' },
  precondition: { status: 412, about: 'The thing is not as the request expects it.' },
  too_large: { status: 413, about: 'More bytes than the bound.' },
  range: { status: 416, about: 'There is nothing in the range that was asked for.' },
  headers_too_large: { status: 431, about: 'Headers beyond the bound.' },
  slow: { status: 408, about: 'A request that did not come to its end in time.' },
  media_type: { status: 415, about: 'A content type that is not understood.' },
  limited: { status: 429, about: 'Too much at once; come back later.' },
  internal: { status: 500, about: 'A defect or a broken part of this server.' },
  upstream: { status: 502, about: 'The model provider or the CLI failed.' },
  unavailable: { status: 503, about: 'This server cannot take it now.' },
  timeout: { status: 504, about: 'It took longer than allowed.' },
} as const satisfies Record<string, { status: number; about: string }>;

export type ErrorKind = keyof typeof ERROR_KINDS;

/** Who can do something about it. */
export type ErrorFixer = 'user' | 'operator' | 'provider' | 'us';
