import { type BigIntStats } from 'node:fs';
import { refused } from './open-below.js';

export const FILE_TYPES = ['file', 'folder', 'link', 'other'] as const;

/** Something in a workspace, as a caller sees it. */
export interface FileEntry {
  /** From the workspace on, without a slash in front. */
  readonly path: string;
  /** `link`: a symbolic one, which is never followed. `other`: a pipe, a socket, a device. */
  readonly type: (typeof FILE_TYPES)[number];
  /** Bytes of a file; 0 for all else. */
  readonly size: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  /** Changes with the content; null for what is no file. */
  readonly etag: string | null;
}

export function entryOf(path: string, stats: BigIntStats): FileEntry {
  const type = typeOf(stats);
  return {
    path,
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    modifiedAt: stats.mtime.toISOString(),
    etag: type === 'file' ? etagOf(stats) : null,
  };
}

/** The time of the last change of a file cannot be set back by anybody but root, and so goes with its size. */
export const etagOf = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `"${[ino, size, mtimeNs, ctimeNs].map((value) => value.toString(36)).join('-')}"`;

function typeOf(stats: BigIntStats): FileEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/**
 * Only files of the session's own are read. A second name may be one outside: where the session has a user of its own,
 * it cannot be anybody else's file, and else nobody knows.
 *
 * @param root the workspace, whose owner is the session's user
 * @throws ClaudeError `files.refused`
 */
export function checkReadable(stats: BigIntStats, root: BigIntStats): void {
  if (!stats.isFile()) throw refused('it is no file: a pipe, a socket or a device');
  const ownUser = Number(root.uid) !== process.geteuid?.();
  if (ownUser && stats.uid !== root.uid) throw refused('it belongs to another user');
  if (!ownUser && stats.nlink > 1n) throw refused('it has a second name, which may lie outside (a hard link)');
}
