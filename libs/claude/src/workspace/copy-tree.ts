import { cp, lstat } from 'node:fs/promises';

/**
 * Copies what is in a folder. A link stays what it was: it is never followed, wherever somebody has let it point to.
 * Pipes, sockets and devices are nothing that a copy could have.
 */
export async function copyTree(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter: isCopied });
}

async function isCopied(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}
