import { detail, type ErrorRow } from './error-row.types.js';

/** Approvals, and what is said to a running run. */
export const APPROVAL_ERRORS = {
  'approval.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'This run has no approval with this id.',
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
    message: (d) => `The time to answer this was over at ${detail(d, 'deadline', 'its deadline')}.`,
  },
  'approval.waiting': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'user',
    message: 'The run waits for the answer of a person; it has given its place back until then.',
  },
  'approval.stopped': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: 'The run was ended by the answer to an approval.',
  },
} as const satisfies Record<string, ErrorRow>;
