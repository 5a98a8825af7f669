import { rmdir, unlink } from 'node:fs/promises';
import { ClaudeError } from '../error/index.js';
import { etagOf } from './file-entry.js';
import { found, Held, openFolderOf } from './open-below.js';
import { walk } from './walk.js';

export interface RemoveOptions {
  /** A folder with all that is in it; without it only an empty one. */
  readonly recursive: boolean;
  readonly ifMatch?: string | undefined;
}

/**
 * Removes a file, a link (never what it leads to) or a folder.
 *
 * @throws ClaudeError `files.not_found`, `files.refused`, `files.changed`, `files.conflict` for a folder that is not empty
 */
export async function removeFile(
  root: string,
  names: readonly string[],
  { recursive, ifMatch }: RemoveOptions,
): Promise<void> {
  const { folder, name } = await openFolderOf(root, names);
  try {
    await using held = await found(Held.at(folder.entry(name)));
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(held.stats))
      throw new ClaudeError('files.changed');
    if (recursive && held.stats.isDirectory()) await empty(held);
    await removeOne(folder, name, held);
  } finally {
    await folder.close();
  }
}

/** An agent that goes on writing there may keep it from becoming empty; then it is told as not empty. */
async function empty(folder: Held): Promise<void> {
  for await (const { path, held } of walk(folder, '', { recursive: false })) {
    if (held.stats.isDirectory()) await empty(held);
    await removeOne(folder, path, held).catch((error: unknown) => {
      if (!(error instanceof ClaudeError) || error.code !== 'files.not_found') throw error;
    });
  }
}

async function removeOne(folder: Held, name: string, { stats }: Held): Promise<void> {
  const path = folder.entry(name);
  await found(stats.isDirectory() ? rmdir(path) : unlink(path)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST')
      throw new ClaudeError('files.conflict', { reason: 'the folder is not empty' }, { cause });
    if (cause.code === 'EISDIR' || cause.code === 'EPERM')
      throw new ClaudeError('files.conflict', { reason: 'it has just become something else' }, { cause });
    throw cause;
  });
}
