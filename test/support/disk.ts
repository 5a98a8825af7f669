import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';

/** Free bytes of the disk that has this folder. */
export const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** A file that takes room at once, without being written. @returns removes it */
export function takeRoom(path: string, bytes: number): () => void {
  execFileSync('fallocate', ['-l', String(bytes), path]);
  return () => rmSync(path, { force: true });
}
