import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { joinBytes } from './folders-below.js';

/** A folder whose path is longer than this comes up to the top, so that no path is too long for the kernel (4,095 bytes). */
const DEEP_BYTES = 2048;

const AGAIN = new Set(['ENAMETOOLONG', 'ENOENT', 'ENOTEMPTY']);
const MOST_TRIES = 5;

/**
 * Removes a file, or a folder with all in it, however deep that is. That there is none is no failure. Call it when nobody writes
 * into it any more. Links are not followed.
 *
 * @throws what the file system says
 */
export async function removeTree(path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await remove(path);
    } catch (error) {
      // Who removes it at the same time may move a folder that was looked into.
      if (!AGAIN.has((error as NodeJS.ErrnoException).code ?? '') || tries === MOST_TRIES) throw error;
      await flatten(Buffer.from(path));
    }
  }
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });

async function flatten(root: Buffer): Promise<void> {
  const pending = [root];
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(unlessGone([]));
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      let path = joinBytes(folder, entry.name);
      if (path.length > DEEP_BYTES + root.length) {
        const top = joinBytes(root, Buffer.from(randomUUID()));
        await rename(path, top).catch(unlessGone(undefined));
        path = top;
      }
      pending.push(path);
    }
  }
}

/** Somebody else may remove it at the same time. */
const unlessGone =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code !== 'ENOENT') throw error;
    return instead;
  };
