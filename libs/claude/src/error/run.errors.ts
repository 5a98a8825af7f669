import { detail, type ErrorRow } from './error-row.types.js';

/** How runs and sessions end or refuse. */
export const RUN_ERRORS = {
  'run.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message:
      'There is no run with this id; finished runs are kept for a limited time. GET /processes lists those there are.',
  },
  'run.timed_out': {
    kind: 'timeout',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The run was ended after its ${detail(d, 'timeoutMs', 'allowed')} ms; raise timeoutMs or ask for less.`,
  },
  'run.cancelled': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run was cancelled on request; send a new one when it is wanted after all.',
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
      `The agent used its ${detail(d, 'maxTurns', 'allowed')} turns before it was done; raise maxTurns or ask for less.`,
  },
  'run.output_too_large': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The run was ended since its events grew beyond ${detail(d, 'limitBytes', 'the allowed number of')} bytes; ask for less output in one run.`,
  },
  'run.poisoned': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: (d) =>
      `${detail(d, 'workers', 'The')} workers ended while they carried this run, so that no other is given to it; send it to the operator with its id, or submit something else.`,
  },
  'budget.exceeded': {
    kind: 'limited',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      d['scope'] === 'day' || d['scope'] === 'month'
        ? `Your budget of this ${d['scope']} is used up; the next one begins at ${detail(d, 'resetsAt', 'its end')}.`
        : 'The run used up its budget before it was done; raise maxCostUsd or maxTokens, or ask for less.',
  },
  'output.invalid': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'provider',
    message:
      'The model did not produce output that fits outputSchema; details.errors has the places, result.text what it said. Ask again, or for something simpler.',
  },
  'session.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'There is no session with this id; GET /sessions lists those there are.',
  },
  'session.closed': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'This session is closed; create a new one.',
  },
  'session.limit_reached': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) =>
      `You have ${detail(d, 'current', 'too many')} of ${detail(d, 'limit', 'the allowed')} open sessions already; close some.`,
  },
  'session.total_reached': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `This server has ${detail(d, 'current', 'too many')} of ${detail(d, 'limit', 'the allowed')} open sessions already; try again later.`,
  },
  'session.busy': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message: 'This session is running something; wait for it or cancel it.',
  },
  'session.unhealthy': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message: (d) =>
      `The agent process of this session crashed ${detail(d, 'crashes', 'several')} times in a row; fork the session, POST /sessions/:id/recover to try it at once, or wait until ${detail(d, 'until', 'it is tried again')}.`,
  },
  'session.lost': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'us',
    message:
      'The worker of this run stood still or was cut off for too long to keep the right to its session, or another one has it; what it did since then has no effect. Send it again.',
  },
} as const satisfies Record<string, ErrorRow>;
