import { detail, type ErrorRow } from './error-row.types.js';

/** What the model provider answers. */
export const MODEL_ERRORS = {
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
    message: 'The account at the model provider has no credit left; the operator has to fill it up.',
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
    message: (d) =>
      `The model provider does not know the model ${detail(d, 'model', 'that was asked for')}; name another one.`,
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
    message: 'The model refused to answer this; ask otherwise.',
  },
  'model.unreachable': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider could not be reached, or its answer broke off; try again later.',
  },
  'model.stalled': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider began an answer and then fell silent.',
  },
  'model.failed': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message: 'The model provider answered with an error; try again later.',
  },
} as const satisfies Record<string, ErrorRow>;
