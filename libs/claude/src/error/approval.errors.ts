import { detail, type ErrorRow } from './error-row.types.js';

/** Approvals, and what is said to a running run. */
export const APPROVAL_ERRORS = {
  'approval.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'This run has no approval with this id; GET /processes/:id/approvals lists those there are.',
  },
  'approval.resolved': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'This approval was decided before, or its run does not wait for it any more; the first answer counts.',
  },
  'approval.expired': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The time to answer this was over at ${detail(d, 'deadline', 'its deadline')}; the run went on without it.`,
  },
  'approval.waiting': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message:
      'The run waits for the answer of a person; it has given its place back until then. Answer it, or wait until its deadline decides.',
  },
  'approval.stopped': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run was ended by the answer to an approval; say in a new run how to go on.',
  },
  'input.run_ended': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message:
      'The run has ended, so that nothing can be said to it; send it as a run of its own, or with ifEnded: enqueue.',
  },
  'input.too_many': {
    kind: 'limited',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `This run was told ${detail(d, 'limit', 'the allowed')} things already; wait for its end.`,
  },
  'input.not_taken': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'The worker of this run took nothing in time; the run does not have it. Send it again.',
  },
} as const satisfies Record<string, ErrorRow>;
