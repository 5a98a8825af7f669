import { mkdir } from 'node:fs/promises';

/**
 * A folder of mode 0700 in one that is there. Its parents are not made: a worker that had stood still must not bring back
 * the folder of a session that was closed meanwhile.
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
