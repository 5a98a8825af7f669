import { constants } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { ClaudeError } from '../error/index.js';
import { checkReadable } from './file-entry.js';
import { Held, openBelow } from './open-below.js';
import { padding, TAR_END, tarHeader } from './tar.js';
import { walk } from './walk.js';

const PIECE_BYTES = 64 * 1024;

export interface ArchiveLimits {
  /** Of all files together, before they are packed. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * A folder as `tar.gz`, packed as it is read. Files and folders only: links, pipes, devices, and files that would not be
 * read by themselves are left out. A file that changes meanwhile has the size that it had when it was opened.
 *
 * @throws ClaudeError `files.archive_too_large` before the first byte, `files.not_found`, `files.refused`
 */
export async function archiveOf(root: string, names: readonly string[], limits: ArchiveLimits): Promise<Readable> {
  await measure(root, names, limits);
  const packed = createGzip({ level: 6 });
  // What breaks on the way breaks the archive, and whoever reads it learns so.
  pipeline(Readable.from(pieces(root, names), { objectMode: false }), packed, () => undefined);
  return packed;
}

async function measure(root: string, names: readonly string[], { maxBytes, maxEntries }: ArchiveLimits): Promise<void> {
  await using folder = await openBelow(root, names);
  let [bytes, entries] = [0, 0];
  for await (const { held } of walk(folder, '', { recursive: true })) {
    bytes += held.stats.isFile() ? Number(held.stats.size) : 0;
    entries += 1;
    if (bytes > maxBytes || entries > maxEntries)
      throw new ClaudeError('files.archive_too_large', { limitBytes: maxBytes, limitEntries: maxEntries });
  }
}

async function* pieces(root: string, names: readonly string[]): AsyncGenerator<Buffer> {
  await using workspace = await Held.at(root);
  await using folder = await openBelow(root, names);
  for await (const { path, held } of walk(folder, '', { recursive: true })) {
    const { stats } = held;
    const about = { path, mode: Number(stats.mode & 0o777n), modified: Number(stats.mtimeMs / 1000n) };
    if (stats.isDirectory()) yield tarHeader({ ...about, folder: true, size: 0 });
    if (!stats.isFile() || !isReadable(held, workspace)) continue;
    yield tarHeader({ ...about, folder: false, size: Number(stats.size) });
    yield* contentOf(held, Number(stats.size));
  }
  yield TAR_END;
}

function isReadable(held: Held, workspace: Held): boolean {
  try {
    checkReadable(held.stats, workspace.stats);
    return true;
  } catch {
    return false;
  }
}

/** Exactly so many bytes: what is missing by now is zeros, as tar has it. */
async function* contentOf(held: Held, size: number): AsyncGenerator<Buffer> {
  const file = await held.reopen(constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    for (let left = size; left > 0;) {
      const piece = Buffer.alloc(Math.min(left, PIECE_BYTES));
      const { bytesRead } = await file.read(piece, 0, piece.length, size - left);
      yield bytesRead > 0 ? piece.subarray(0, bytesRead) : piece;
      left -= bytesRead > 0 ? bytesRead : piece.length;
    }
  } finally {
    await file.close();
  }
  yield padding(size);
}
