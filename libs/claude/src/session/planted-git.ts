import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const CONFIG_BYTES = 64 * 1024;
/** Keys of a repository's configuration that name a program, or another file with such keys. */
const ACTING =
  /^\s*(?:fsmonitor|clean|smudge|process|textconv|command|driver|sshcommand|hookspath|pager|editor|askpass|helper|program|path)\s*=|^\s*\[\s*(?:alias|include|includeif)\b/im;

/** Files below `.git` of a workspace that name programs for git to run; they stay, since the repository may be the project's. */
export async function plantedInGit(workspace: string): Promise<string[]> {
  const [acts, hooks] = await Promise.all([
    configActs(join(workspace, '.git', 'config')),
    readdir(join(workspace, '.git', 'hooks')).catch(() => []),
  ]);
  return [...(acts ? ['.git/config'] : []), ...(hooks.some((name) => !name.endsWith('.sample')) ? ['.git/hooks'] : [])];
}

/** A link, or a file that is too long to be looked through, is as good as one that acts. */
async function configActs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (!found) return false;
  if (!found.isFile() || found.size > CONFIG_BYTES) return true;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (!file) return false;
  try {
    return ACTING.test((await file.read(Buffer.alloc(CONFIG_BYTES), 0, CONFIG_BYTES, 0)).buffer.toString('utf8'));
  } finally {
    await file.close();
  }
}
