import { cp, lstat } from 'node:fs/promises';
import { ClaudeError } from '../error/index.js';

/** How much may be copied. */
export interface CopyBound {
  /** Of what is copied, for who is told. */
  readonly name: string;
  /** 0: any. */
  readonly limitBytes: number;
}

/**
 * Copies what is in a folder. A link stays what it was: it is never followed, wherever somebody has let it point to.
 * Pipes, sockets and devices are nothing that a copy could have.
 *
 * The bound is of the length of all files: one with holes, and each further name of one file, takes its whole length as a
 * copy, however little it takes where it is.
 *
 * @throws ClaudeError `workspace.too_large` before that file is copied; what was copied so far is the caller's to remove
 */
export async function copyTree(from: string, to: string, { name, limitBytes }: CopyBound): Promise<void> {
  let bytes = 0;
  const filter = async (path: string): Promise<boolean> => {
    const found = await lstat(path);
    if (found.isFile()) bytes += found.size;
    if (limitBytes > 0 && bytes > limitBytes)
      throw new ClaudeError('workspace.too_large', { name, bytes, limit: limitBytes });
    return found.isFile() || found.isDirectory() || found.isSymbolicLink();
  };
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter });
}
