import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';

/** Whether a path, after following its links, is this folder or lies in it. A folder that is not there is nowhere. */
export function isBelow(folder: string, path: string): boolean {
  try {
    const [root, target] = [realpathSync(resolve(folder)), realpathSync(resolve(path))];
    return target === root || target.startsWith(root.endsWith(sep) ? root : root + sep);
  } catch {
    return false;
  }
}
