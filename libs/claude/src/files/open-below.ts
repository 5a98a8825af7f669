import { constants, type BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ClaudeError } from '../error/index.js';

/** Opens the thing itself, whatever it is, for nothing but looking: no link is followed, no device or pipe is touched. */
const O_PATH = 0o10000000;
const LOOK = O_PATH | constants.O_NOFOLLOW;

/** Something in a workspace, held: whatever happens to its name, this is the same thing. */
export class Held implements AsyncDisposable {
  private constructor(
    private readonly handle: FileHandle,
    readonly stats: BigIntStats,
  ) {}

  /** @param path every folder on the way is the caller's to vouch for; only the last name is not followed */
  static async at(path: string): Promise<Held> {
    const handle = await open(path, LOOK);
    try {
      return new Held(handle, await handle.stat({ bigint: true }));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A path to this very thing, for calls of this process while it is held. */
  get self(): string {
    return `/proc/self/fd/${this.handle.fd}`;
  }

  /** A path to what has this name in it now: `openat`, which Node does not have. */
  entry(name: string): string {
    return `${this.self}/${name}`;
  }

  /** Opens it to read or write; nobody can have put something else in its place. */
  reopen(flags: number): Promise<FileHandle> {
    return open(this.self, flags);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Goes down from a folder name by name, and holds each folder while it looks into it. A link on the way is refused, so
 * that no name leads out, whoever changes what meanwhile.
 *
 * @param root a folder that only the server can replace
 * @throws ClaudeError `files.not_found`, `files.refused`
 */
export async function openBelow(root: string, names: readonly string[]): Promise<Held> {
  let held = await found(Held.at(root));
  for (const name of names) {
    try {
      if (!held.stats.isDirectory()) throw new ClaudeError('files.not_found');
      const next = await found(Held.at(held.entry(name)));
      await held.close();
      held = next;
      if (held.stats.isSymbolicLink()) throw refused('it is a link, or behind one');
    } catch (error) {
      await held.close();
      throw error;
    }
  }
  return held;
}

/** The same for something that may be a link itself: for those who look at it, or remove it. */
export async function openFolderOf(root: string, names: readonly string[]): Promise<{ folder: Held; name: string }> {
  const name = names.at(-1);
  if (name === undefined) throw ClaudeError.invalid([{ field: 'path', reason: 'must not be empty' }]);
  const folder = await openBelow(root, names.slice(0, -1));
  if (folder.stats.isDirectory()) return { folder, name };
  await folder.close();
  throw new ClaudeError('files.not_found');
}

export const refused = (reason: string): ClaudeError => new ClaudeError('files.refused', { reason });

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ESTALE']);

/** What is not there, as everybody is told. */
export function found<T>(opening: Promise<T>): Promise<T> {
  return opening.catch((cause: NodeJS.ErrnoException) => {
    if (GONE.has(cause.code ?? '')) throw new ClaudeError('files.not_found', {}, { cause });
    if (cause.code === 'ELOOP') throw refused('it is a link, or behind one');
    throw cause;
  });
}
