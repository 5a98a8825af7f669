import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readlink, symlink, utimes } from 'node:fs/promises';
import { foldersBelow, joinBytes } from '@steward/host';
import { ClaudeError } from '../error/index.js';

/** How much may be copied. */
export interface CopyBound {
  /** Of what is copied, for who is told. */
  readonly name: string;
  /** 0: any. */
  readonly limitBytes: number;
}

const AT_ONCE = 16;
const PERMISSIONS = 0o777;

/**
 * Copies what is in a folder, names in any encoding. A link stays what it was: it is never followed, wherever somebody
 * has let it point to. Pipes, sockets and devices are nothing that a copy could have, and neither is a right to run as
 * the owner.
 *
 * The bound is of the length of all files: one with holes, and each further name of one file, takes its whole length as a
 * copy, however little it takes where it is.
 *
 * @throws ClaudeError `workspace.too_large` before that file is copied, `workspace.unavailable` where something cannot be
 * read or written; what was copied so far is the caller's to remove
 */
export async function copyTree(from: string, to: string, bound: CopyBound): Promise<void> {
  try {
    await copyAll(from, Buffer.from(to), bound);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ClaudeError || code === undefined) throw error;
    const reason = code === 'ENAMETOOLONG' ? 'a path in it would be longer than 4,095 bytes' : code;
    throw new ClaudeError('workspace.unavailable', { name: bound.name, reason }, { cause: error });
  }
}

async function copyAll(from: string, to: Buffer, { name, limitBytes }: CopyBound): Promise<void> {
  let bytes = 0;
  const modes: [Buffer, number][] = [];
  const copy = async (source: Buffer, target: Buffer): Promise<void> => {
    const found = await lstat(source);
    if (found.isSymbolicLink()) return symlink(await readlink(source, 'buffer'), target);
    if (found.isDirectory()) {
      // What is in it is still to be written.
      await mkdir(target, { mode: 0o700 });
      modes.push([target, found.mode & PERMISSIONS]);
    }
    if (!found.isFile()) return undefined;
    bytes += found.size;
    if (limitBytes > 0 && bytes > limitBytes)
      throw new ClaudeError('workspace.too_large', { name, bytes, limit: limitBytes });
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(target, found.mode & PERMISSIONS);
    await utimes(target, found.atime, found.mtime);
  };
  await mkdir(to, { recursive: true, mode: 0o700 });
  for await (const { path, entries, within } of foldersBelow(from)) {
    const inside = within();
    const target = inside.length > 0 ? joinBytes(to, inside) : to;
    for (let first = 0; first < entries.length; first += AT_ONCE) {
      const some = entries.slice(first, first + AT_ONCE);
      const copies = some.map(({ name: file }) => copy(joinBytes(path, file), joinBytes(target, file)));
      // Who removes what was copied so far must not meet more of it.
      const failed = (await Promise.allSettled(copies)).find(({ status }) => status === 'rejected');
      if (failed) await Promise.all(copies);
    }
  }
  for (const [folder, mode] of modes) await chmod(folder, mode);
}
