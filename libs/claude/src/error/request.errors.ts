import { detail, type ErrorRow } from './error-row.types.js';

/** What is wrong with a request or its caller. */
export const REQUEST_ERRORS = {
  'request.invalid': {
    kind: 'invalid',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The request is not valid: ${detail(d, 'reason', 'see errors[] for each field and the reason')}.`,
  },
  'request.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `There is nothing at ${detail(d, 'path', 'this path')}; /openapi.json lists what there is.`,
  },
  'request.method_not_allowed': {
    kind: 'method',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `${detail(d, 'method', 'This method')} is not possible here; /openapi.json lists what is.`,
  },
  'request.too_large': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The request is larger than ${detail(d, 'limitBytes', 'the allowed number of')} bytes; send less.`,
  },
  'request.length_required': {
    kind: 'invalid',
    retryable: false,
    fixedBy: 'user',
    message: 'Send a form with its Content-Length.',
  },
  'request.headers_too_large': {
    kind: 'headers_too_large',
    retryable: false,
    fixedBy: 'user',
    message:
      'The headers of the request are larger than this server reads (16 KiB together); send fewer or shorter ones.',
  },
  'request.timed_out': {
    kind: 'slow',
    retryable: true,
    fixedBy: 'user',
    message: 'The request did not come to its end in time; send it again.',
  },
  'request.media_type': {
    kind: 'media_type',
    retryable: false,
    fixedBy: 'user',
    message: 'Send the body as application/json in UTF-8; a request with attachments also as multipart/form-data.',
  },
  'request.foreign_origin': {
    kind: 'forbidden',
    retryable: false,
    fixedBy: 'operator',
    message:
      'Without API keys this server answers only to this machine under its own name, and not to pages of other origins; the operator has to set STEWARD_API_KEYS.',
  },
  'request.unknown_event': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `There is no event ${detail(d, 'event', 'of that name')}; docs/websocket.md lists those there are.`,
  },
  'request.too_many': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) =>
      `One connection may send ${detail(d, 'perSecond', 'only so many')} messages a second; send fewer, or wait ${detail(d, 'retryAfterMs', 'some')} ms.`,
  },
  'auth.revoked': {
    kind: 'unauthenticated',
    retryable: false,
    fixedBy: 'operator',
    message: 'The API key of this connection is not valid any more; connect with another one.',
  },
  'auth.required': {
    kind: 'unauthenticated',
    retryable: false,
    fixedBy: 'user',
    message:
      'Send a valid API key as `Authorization: Bearer …` or `x-api-key` (Socket.IO: in the handshake `auth.token`).',
  },
  'auth.forbidden': {
    kind: 'forbidden',
    retryable: false,
    fixedBy: 'operator',
    message: (d) => `This needs the role ${detail(d, 'role', 'operator')}; ask an operator to do it.`,
  },
  'policy.denied': {
    kind: 'forbidden',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `The operator's policy does not allow ${detail(d, 'what', 'this')}; leave it out, or ask the operator.`,
  },
  'idempotency.conflict': {
    kind: 'unprocessable',
    retryable: false,
    fixedBy: 'user',
    message: 'This Idempotency-Key was used with another body; use a new key for a new request.',
  },
  'idempotency.in_progress': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message: 'The first request with this Idempotency-Key is still being accepted; repeat it in a moment.',
  },
} as const satisfies Record<string, ErrorRow>;
