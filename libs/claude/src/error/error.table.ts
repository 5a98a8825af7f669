import { type ErrorFixer, type ErrorKind } from './error-kind.table.js';

/** Facts of one failure, as data; values must be fit for a client to see. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

interface ErrorRow {
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly fixedBy: ErrorFixer;
  /** What happened and what to do; a function where the details belong into the sentence. */
  readonly message: string | ((details: ErrorDetails) => string);
}

const text = (details: ErrorDetails, key: string, otherwise: string): string => {
  const value = details[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
};

/**
 * Every way to fail. A code is part of the contract: HTTP, Socket.IO, `run.failed` events, logs and metrics speak it,
 * and `docs/errors.md` is generated from these rows.
 */
export const ERRORS = {
  'request.invalid': {
    kind: 'invalid',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The request is not valid: ${text(d, 'reason', 'see errors[] for each field and the reason')}.`,
  },
  'request.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `There is nothing at ${text(d, 'path', 'this path')}; /openapi.json lists what there is.`,
  },
  'request.method_not_allowed': {
    kind: 'method',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `${text(d, 'method', 'This method')} is not possible here; /openapi.json lists what is.`,
  },
  'request.too_large': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The request is larger than ${text(d, 'limitBytes', 'the allowed number of')} bytes.`,
  },
  'request.media_type': {
    kind: 'media_type',
    retryable: false,
    fixedBy: 'user',
    message: 'Send the body as application/json in UTF-8.',
  },
  'request.unknown_event': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `There is no event ${text(d, 'event', 'of that name')}; docs/websocket.md lists those there are.`,
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
    message: (d) => `This needs the role ${text(d, 'role', 'operator')}.`,
  },
  'policy.denied': {
    kind: 'forbidden',
    retryable: false,
    fixedBy: 'operator',
    message: (d) => `The operator's policy does not allow ${text(d, 'what', 'this')}.`,
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
  'run.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'There is no run with this id; finished runs are kept for a limited time.',
  },
  'run.timed_out': {
    kind: 'timeout',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The run was ended after its ${text(d, 'timeoutMs', 'allowed')} ms; raise timeoutMs or ask for less.`,
  },
  'run.cancelled': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run was cancelled on request.',
  },
  'run.interrupted': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run was interrupted on request; its session goes on.',
  },
  'run.max_turns': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The agent used its ${text(d, 'maxTurns', 'allowed')} turns before it was done; raise maxTurns or ask for less.`,
  },
  'budget.exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run used up its budget before it was done.',
  },
  'output.invalid': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model did not produce output that fits outputSchema.',
  },
  'session.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'There is no session with this id.',
  },
  'session.closed': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'This session is closed; create a new one.',
  },
  'session.busy': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message: 'This session is running something; wait for it or cancel it.',
  },
  'session.lost': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'us',
    message: 'Another worker took over this session; what this one was doing has no effect any more.',
  },
  'queue.full': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) => `${text(d, 'waiting', 'Too many')} runs are waiting already; try again later.`,
  },
  'queue.draining': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'This server is shutting down and takes no new work; try again in a moment.',
  },
  'queue.unavailable': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'The queue (Redis) does not answer; nothing was accepted, try again in a moment.',
  },
  'worker.lost': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'us',
    message: 'The worker that ran this ended without finishing it; submit it again (its session is kept).',
  },
  'worker.stopped': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message:
      'The server was stopped and its grace period ended before the run did; submit it again (its session is kept).',
  },
  'stream.stale_writer': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'This writer lost its run to another worker.',
  },
  'stream.ended': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'This run has its terminal event already; nothing can follow it.',
  },
  'cli.not_found': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message:
      'The Claude Code CLI was not found: set CLAUDE_CLI_PATH, put `claude` on PATH, or run `npm install` with optional packages.',
  },
  'cli.spawn_failed': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => `The agent process could not be started (${text(d, 'errno', 'unknown reason')}).`,
  },
  'cli.failed_to_start': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The CLI ended before it was ready (${text(d, 'exit', 'no exit status')}); the last lines it printed are in the server's log.`,
  },
  'cli.start_timed_out': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => `The CLI was not ready within ${text(d, 'timeoutMs', 'the allowed')} ms.`,
  },
  'cli.crashed': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI ended in the middle of the run (${text(d, 'exit', 'no exit status')}); the last lines it printed are in the server's log.`,
  },
  'cli.protocol': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) => `The CLI said something that cannot be understood (${text(d, 'reason', 'a broken line')}).`,
  },
  'cli.failed': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'us',
    message: (d) => `The CLI reported an error (${text(d, 'subtype', 'unknown')}).`,
  },
  'auth.failed': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'operator',
    message: "The model provider refused the server's credential; the operator has to check ANTHROPIC_API_KEY.",
  },
  'model.billing': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'operator',
    message: 'The account at the model provider has no credit left.',
  },
  'model.overloaded': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider is overloaded; try again in a while.',
  },
  'model.rate_limited': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'provider',
    message: "The model provider's rate limit is reached; try again later.",
  },
  'model.not_found': {
    kind: 'invalid',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The model provider does not know the model ${text(d, 'model', 'that was asked for')}.`,
  },
  'model.invalid_request': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'user',
    message: 'The model provider refused the request as invalid; its own words are in details.reason.',
  },
  'model.prompt_too_long': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: 'The conversation no longer fits into the context of the model; start a new session or send less.',
  },
  'model.refused': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The model refused to answer this.',
  },
  'model.unreachable': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider could not be reached, or its answer broke off.',
  },
  'model.failed': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider answered with an error.',
  },
  'config.invalid': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'operator',
    message: (d) => `The configuration is not valid: ${text(d, 'reason', 'see details')}`,
  },
  'redis.not_found': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `No Redis: set REDIS_URL, or put redis-server on PATH, or let Debian's package be fetched (${text(d, 'reason', 'unknown reason')}).`,
  },
  'redis.failed': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => `The private Redis did not start: ${text(d, 'reason', 'unknown reason')}.`,
  },
  'internal.error': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'Something in this server failed; quote the requestId when you report it.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
export const errorRow = (code: ErrorCode): ErrorRow => ERRORS[code];
