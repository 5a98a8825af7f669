import { integer } from './setting.builders.js';

const GROUP = 'Files';
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** What callers may do with the files of a session, and bring along with a request. */
export const FILES_SETTINGS = {
  maxFileBytes: integer('STEWARD_MAX_FILE_BYTES', {
    group: GROUP,
    initial: 100 * MIB,
    min: 1,
    max: 100 * GIB,
    about:
      'Largest file that a caller may put into a workspace, in bytes. The bound of all files of a session holds, too.',
  }),
  maxArchiveBytes: integer('STEWARD_MAX_ARCHIVE_BYTES', {
    group: GROUP,
    initial: GIB,
    min: 1,
    max: 1024 * GIB,
    about: 'Bytes of the files in one archive, before they are packed; a folder that has more is not packed.',
  }),
  maxArchiveEntries: integer('STEWARD_MAX_ARCHIVE_ENTRIES', {
    group: GROUP,
    initial: 100_000,
    min: 1,
    max: 10_000_000,
    about: 'The same for files and folders.',
  }),
  snapshotMaxFiles: integer('STEWARD_SNAPSHOT_MAX_FILES', {
    group: GROUP,
    initial: 2000,
    min: 0,
    max: 100_000,
    about:
      'Files that a workspace may have so that what was in it at the start of a run is kept for `GET /sessions/:id/diff`; looking at them takes time before each prompt (about 0.1 ms a file). 0: never.',
  }),
  maxAttachments: integer('STEWARD_MAX_ATTACHMENTS', {
    group: GROUP,
    initial: 20,
    min: 0,
    max: 100,
    about: 'Attachments that a request may have.',
  }),
  maxAttachmentBytes: integer('STEWARD_MAX_ATTACHMENT_BYTES', {
    group: GROUP,
    initial: 5 * MIB,
    min: 1,
    max: 32 * MIB,
    about: 'Largest attachment, in bytes. The model provider has bounds of its own: 5 MiB for an image.',
  }),
  maxAttachmentsBytes: integer('STEWARD_MAX_ATTACHMENTS_BYTES', {
    group: GROUP,
    initial: 15 * MIB,
    min: 1,
    max: 32 * MIB,
    about:
      'The same for all attachments of a request. Bodies of requests that may have some can be larger than STEWARD_MAX_BODY_BYTES by so much in base64.',
  }),
} as const;
