import { constants } from 'node:fs';
import { type Readable } from 'node:stream';
import { checkReadable, entryOf, type FileEntry } from './file-entry.js';
import { Held, openBelow } from './open-below.js';
import { walk } from './walk.js';

const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** A file that is open; whoever has it closes it, or reads its stream to the end. */
export interface OpenFile {
  readonly entry: FileEntry;
  /** @param from first byte; to: the last one */
  stream(from: number, to: number): Readable;
  close(): Promise<void>;
}

/** @throws ClaudeError `files.not_found`, `files.refused`; a folder is its entry only */
export async function openFile(root: string, names: readonly string[]): Promise<OpenFile | FileEntry> {
  await using held = await openBelow(root, names);
  const entry = entryOf(names.join('/'), held.stats);
  if (entry.type === 'folder') return entry;
  await using workspace = await Held.at(root);
  checkReadable(held.stats, workspace.stats);
  const handle = await held.reopen(O_RDONLY | O_NONBLOCK | O_NOCTTY);
  return {
    entry,
    stream: (from, to) => handle.createReadStream({ start: from, end: to, autoClose: true }),
    close: () => handle.close(),
  };
}

export interface Listing {
  readonly data: readonly FileEntry[];
  /** The last path of the page; null at the end. */
  readonly next: string | null;
}

/**
 * A page of what is in a folder.
 *
 * @param after the last path of the page before
 * @throws ClaudeError `files.not_found`, `files.refused`, `files.too_many`
 */
export async function listFolder(
  root: string,
  names: readonly string[],
  { limit, ...options }: { limit: number; recursive: boolean; after?: string | undefined },
): Promise<Listing> {
  await using folder = await openBelow(root, names);
  if (!folder.stats.isDirectory()) return { data: [entryOf(names.join('/'), folder.stats)], next: null };
  const prefix = names.join('/');
  const data: FileEntry[] = [];
  for await (const { path, held } of walk(folder, prefix, below(options, prefix))) {
    if (data.length === limit) return { data, next: data.at(-1)!.path };
    data.push(entryOf(path, held.stats));
  }
  return { data, next: null };
}

/** The walk begins in the folder, and its place as well. */
const below = <T extends { after?: string | undefined }>(options: T, prefix: string): T => ({
  ...options,
  after: prefix === '' || options.after === undefined ? options.after : options.after.slice(prefix.length + 1),
});
