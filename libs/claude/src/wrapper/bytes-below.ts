import { lstat } from 'node:fs/promises';
import { foldersBelow, joinBytes } from '@steward/host';

/** As `st_blocks` has it, and what the supervisor counts for what has none. */
const BLOCK_BYTES = 512;
const AT_ONCE = 64;

/**
 * Bytes on disk of all that is below these folders, as the supervisor counts them, except that each name of a file counts.
 * Links are not followed; what vanishes meanwhile, and what cannot be read, is passed over.
 */
export async function bytesBelow(folders: readonly string[]): Promise<number> {
  let sum = 0;
  for (const folder of folders) {
    for await (const { path, entries } of foldersBelow(folder, () => undefined)) {
      for (let from = 0; from < entries.length; from += AT_ONCE) {
        const sizes = entries.slice(from, from + AT_ONCE).map(({ name }) => sizeOf(joinBytes(path, name)));
        for (const size of await Promise.all(sizes)) sum += size;
      }
    }
  }
  return sum;
}

const sizeOf = (path: Buffer): Promise<number> =>
  lstat(path).then(
    ({ blocks }) => Math.max(1, blocks) * BLOCK_BYTES,
    () => 0,
  );
