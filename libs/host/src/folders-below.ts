import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';

/** A folder and what is in it. Names are bytes: Linux has them in any encoding, or none. */
export interface FolderBelow {
  /** Valid until the next folder is asked for: a deep one is named by an open descriptor. */
  readonly path: Buffer;
  readonly entries: readonly Dirent<Buffer>[];
  /** Where it is, from the root on; empty for the root itself. */
  readonly within: () => Buffer;
}

interface Frame {
  readonly parent: Frame | null;
  readonly name: Buffer;
  readonly path: Buffer;
  readonly anchor: FileHandle | null;
  readonly pending: Buffer[];
}

/** The kernel takes paths of 4,095 bytes; trees may be deeper. From here on a path begins at a descriptor. */
const ANCHOR_BYTES = 1024;
/** A path of 4,095 bytes has 2,047 at most. It bounds the memory and the descriptors that a walk takes. */
const MOST_LEVELS = 4096;
const SLASH = Buffer.from('/');
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export const joinBytes = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, SLASH, name]);

/**
 * A folder and all folders below it, each before those in it. Links are not followed, and paths of any length are
 * reached.
 *
 * @param unreadable what is to be done about a folder that cannot be read, or is more than 4,096 levels deep (code
 * `ENAMETOOLONG`): it is passed over unless this throws, as it does where nothing is given
 */
export async function* foldersBelow(
  root: string | Buffer,
  unreadable: (error: NodeJS.ErrnoException) => void = refuse,
): AsyncGenerator<FolderBelow, void, void> {
  const stack: Frame[] = [];
  const enter = async (parent: Frame | null, name: Buffer): Promise<FolderBelow | null> => {
    let path = parent ? joinBytes(parent.path, name) : name;
    let anchor: FileHandle | null = null;
    try {
      if (stack.length > MOST_LEVELS) throw tooDeep();
      if (path.length > ANCHOR_BYTES) {
        anchor = await open(path, FOLDER);
        path = Buffer.from(`/proc/self/fd/${anchor.fd}`);
      }
      const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
      const pending = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
      const frame = { parent, name, path, anchor, pending };
      stack.push(frame);
      return { path, entries, within: () => withinOf(frame) };
    } catch (error) {
      await anchor?.close();
      unreadable(error as NodeJS.ErrnoException);
      return null;
    }
  };
  try {
    const first = await enter(null, Buffer.from(root));
    if (first) yield first;
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const name = top.pending.pop();
      if (name === undefined) {
        stack.pop();
        await top.anchor?.close();
        continue;
      }
      const next = await enter(top, name);
      if (next) yield next;
    }
  } finally {
    for (const { anchor } of stack) await anchor?.close();
  }
}

function withinOf(frame: Frame): Buffer {
  const names: Buffer[] = [];
  for (let at = frame; at.parent; at = at.parent) names.push(at.name, SLASH);
  return Buffer.concat(names.toReversed().slice(1));
}

const refuse = (error: Error): never => {
  throw error;
};

const tooDeep = (): NodeJS.ErrnoException =>
  Object.assign(new Error(`there are more than ${MOST_LEVELS} folders in one another`), { code: 'ENAMETOOLONG' });
