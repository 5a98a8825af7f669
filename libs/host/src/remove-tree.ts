import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { joinBytes } from './folders-below.js';

/** A folder whose path is longer than this comes up to the top, so that no path is too long for the kernel (4,095 bytes). */
const DEEP_BYTES = 2048;

/**
 * Removes a file, or a folder with all in it, however deep that is. That there is none is no failure. Call it when nobody writes
 * into it any more. Links are not followed.
 *
 * @throws what the file system says
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await remove(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') throw error;
    await flatten(Buffer.from(path));
    await remove(path);
  }
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });

async function flatten(root: Buffer): Promise<void> {
  const pending = [root];
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
      if (!entry.isDirectory()) continue;
      let path = joinBytes(folder, entry.name);
      if (path.length > DEEP_BYTES + root.length) {
        const top = joinBytes(root, Buffer.from(randomUUID()));
        await rename(path, top);
        path = top;
      }
      pending.push(path);
    }
  }
}
