import { randomUUID } from 'node:crypto';
import { chown, link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { ClaudeError } from '../error/index.js';
import { entryOf, etagOf, type FileEntry } from './file-entry.js';
import { found, Held, openBelow, refused } from './open-below.js';

/** As `st_blocks` has it. */
const BLOCK_BYTES = 512;

export interface WriteOptions {
  /** Folder of the server's on the same disk, where the agent does not see what is only half there. */
  readonly incoming: string;
  /** Bytes. */
  readonly limitBytes: number;
  /** Puts it where there is room for so many bytes; throws otherwise. What it was put over, counts no more. */
  readonly inRoom: (bytes: number, put: () => Promise<Put>) => Promise<Put>;
  /** Only over the file that has this etag; `*`: only over one that is there. */
  readonly ifMatch?: string | undefined;
  /** Only where nothing is. */
  readonly ifAbsent?: boolean;
}

export interface Written {
  readonly entry: FileEntry;
  readonly created: boolean;
}

export interface Put extends Written {
  /** Bytes on disk of what was there before. */
  readonly replaced: number;
}

/**
 * Writes a file as a whole: it appears under its name at once or not at all, with the folders on the way, as the
 * session's own. The mode of a file that is there stays.
 *
 * @throws ClaudeError `files.too_large`, `files.quota_exceeded`, `workspace.*`, `files.refused`, `files.conflict`,
 *   `files.changed`; nothing was changed then but folders on the way
 */
export async function writeFile(
  root: string,
  names: readonly string[],
  content: Readable,
  options: WriteOptions,
): Promise<Written> {
  if (names.length === 0) throw ClaudeError.invalid([{ field: 'path', reason: 'must not be empty' }]);
  await using workspace = await found(Held.at(root));
  const uid = Number(workspace.stats.uid);
  await mkdir(options.incoming, { recursive: true, mode: 0o700 });
  const draft = join(options.incoming, randomUUID());
  try {
    const bytes = await fill(draft, content, options.limitBytes);
    const { entry, created } = await options.inRoom(bytes, () => put(root, names, draft, options, uid));
    return { entry, created };
  } finally {
    await rm(draft, { force: true });
  }
}

async function put(
  root: string,
  names: readonly string[],
  draft: string,
  options: WriteOptions,
  uid: number,
): Promise<Put> {
  const name = names.at(-1)!;
  await using folder = await makeFolders(root, names.slice(0, -1), uid);
  const before = await present(folder, name);
  check(before, options);
  await own(draft, uid, before ? Number(before.mode & 0o777n) : 0o644);
  if (options.ifAbsent) await linkNew(draft, folder.entry(name));
  else await found(rename(draft, folder.entry(name))).catch(asConflict);
  await using now = await found(Held.at(folder.entry(name)));
  const entry = entryOf(names.join('/'), now.stats);
  return { entry, created: before === null, replaced: Number(before?.blocks ?? 0) * BLOCK_BYTES };
}

/** Whoever makes the name first has it. */
async function linkNew(draft: string, path: string): Promise<void> {
  await link(draft, path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EEXIST' ? new ClaudeError('files.changed', {}, { cause }) : cause;
  });
  await unlink(draft);
}

/** @throws ClaudeError `files.too_large` */
async function fill(path: string, content: Readable, limitBytes: number): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw new ClaudeError('files.too_large', { limitBytes });
      await file.write(chunk);
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function own(path: string, uid: number, mode: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if (uid !== process.geteuid?.()) await file.chown(uid, uid);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

function present(folder: Held, name: string): Promise<BigIntStats | null> {
  return lstat(folder.entry(name), { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function check(before: BigIntStats | null, { ifMatch, ifAbsent = false }: WriteOptions): void {
  if (before?.isDirectory()) throw new ClaudeError('files.conflict', { reason: 'it is a folder' });
  if (before && !before.isFile()) throw refused('it is no file, but a link, a pipe, a socket or a device');
  if (before && ifAbsent) throw new ClaudeError('files.changed');
  if (ifMatch === undefined) return;
  if (!before || (ifMatch !== '*' && ifMatch !== etagOf(before))) throw new ClaudeError('files.changed');
}

/** Each folder is held before the next is made in it. */
async function makeFolders(root: string, names: readonly string[], uid: number): Promise<Held> {
  let folder = await openBelow(root, []);
  for (const name of names) {
    try {
      const next = await step(folder, name, uid);
      await folder.close();
      folder = next;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }
  return folder;
}

async function step(folder: Held, name: string, uid: number): Promise<Held> {
  const made = await mkdir(folder.entry(name), { mode: 0o755 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  const held = await found(Held.at(folder.entry(name)));
  const reason = held.stats.isSymbolicLink() ? 'it is a link, or behind one' : null;
  if (reason !== null || !held.stats.isDirectory()) {
    await held.close();
    throw reason === null ? new ClaudeError('files.conflict', { reason: 'a file is in the way' }) : refused(reason);
  }
  if (made && uid !== process.geteuid?.() && Number(held.stats.uid) === process.geteuid?.())
    await chown(held.self, uid, uid);
  return held;
}

function asConflict(cause: NodeJS.ErrnoException): never {
  if (cause.code === 'EISDIR' || cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST')
    throw new ClaudeError('files.conflict', { reason: 'it is a folder' }, { cause });
  throw cause;
}
