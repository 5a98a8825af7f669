import { detail, type ErrorRow } from './error-row.types.js';

/** What is in the way of a workspace. */
export const WORKSPACE_ERRORS = {
  'workspace.ref_not_found': {
    kind: 'unprocessable',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The repository ${detail(d, 'name', '')} has no commit ${detail(d, 'ref', 'of that name')}; name a branch, a tag or a commit that it has.`,
  },
  'workspace.too_large': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `What ${detail(d, 'name', 'it')} holds takes ${detail(d, 'bytes', 'too many')} bytes on disk; a session may have ${detail(d, 'limit', 'less')}. The operator has to offer less, or raise STEWARD_MAX_WORKSPACE_BYTES.`,
  },
  'workspace.unavailable': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The workspace source ${detail(d, 'name', '')} cannot be used: ${detail(d, 'reason', 'see the log of the server')}.`,
  },
  'workspace.quota_reached': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) =>
      `Your sessions take ${detail(d, 'current', 'too many')} of ${detail(d, 'limit', 'the allowed')} bytes on disk; close some, or remove files in them.`,
  },
  'workspace.total_reached': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The sessions of this server take ${detail(d, 'current', 'too many')} of ${detail(d, 'limit', 'the allowed')} bytes on disk; try again later.`,
  },
} as const satisfies Record<string, ErrorRow>;
