import { detail, type ErrorRow } from './error-row.types.js';

/** The files of a workspace, and what a request brings along. */
export const FILES_ERRORS = {
  'files.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message:
      'There is no such file or folder in the workspace of this session; GET /sessions/:id/files lists what there is.',
  },
  'files.refused': {
    kind: 'forbidden',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `This is not read or written here: ${detail(d, 'reason', 'it could lead out of the workspace')}; ask for what lies inside of it.`,
  },
  'files.conflict': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `That cannot be done with what is there: ${detail(d, 'reason', 'it is of another kind')}; look at what is there first.`,
  },
  'files.changed': {
    kind: 'precondition',
    retryable: false,
    fixedBy: 'user',
    message: 'The file is another one than If-Match or If-None-Match says; read it again first.',
  },
  'files.range': {
    kind: 'range',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The file has ${detail(d, 'size', 'fewer')} bytes; there is nothing in that range. Ask for another range, or for all of it.`,
  },
  'files.too_large': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The file is larger than ${detail(d, 'limitBytes', 'the allowed number of')} bytes; put it there in pieces, or let the agent fetch it.`,
  },
  'files.quota_exceeded': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `With it the session would have more than the ${detail(d, 'limitBytes', 'allowed')} bytes that its files may have; remove some.`,
  },
  'files.too_many': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `A folder has more than ${detail(d, 'limit', 'the allowed number of')} entries; it is not listed. Look into it with the agent.`,
  },
  'files.archive_too_large': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The folder has more than ${detail(d, 'limitBytes', 'the allowed number of')} bytes or ${detail(d, 'limitEntries', 'the allowed number of')} entries; take a folder in it.`,
  },
  'files.no_snapshot': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `What the workspace had at the start of this run is not known: ${detail(d, 'reason', 'it was not kept')}; compare with another run.`,
  },
  'attachments.invalid': {
    kind: 'invalid',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `An attachment cannot be taken: ${detail(d, 'reason', 'see errors[]')}.`,
  },
  'attachments.too_many': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `A request may have ${detail(d, 'limit', 'only so many')} attachments; send fewer, or put files into the workspace.`,
  },
  'attachments.too_large': {
    kind: 'too_large',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `Too large: ${detail(d, 'reason', 'an attachment, or all of them together')}; send less, or put files into the workspace.`,
  },
  'attachments.lost': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'operator',
    message:
      'The attachments of this run are not in the data folder; all servers have to share it. Send the request again.',
  },
} as const satisfies Record<string, ErrorRow>;
