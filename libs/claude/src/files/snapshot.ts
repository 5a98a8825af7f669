import { createHash } from 'node:crypto';
import { type BigIntStats } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClaudeError } from '../error/index.js';
import { makeFolder } from './make-folder.js';
import { Held } from './open-below.js';
import { textOf } from './text-of.js';
import { walk } from './walk.js';

/** Beyond it a file is known by its size and time only. */
export const MAX_TEXT_BYTES = 256 * 1024;
/** Texts of one snapshot together. */
const MAX_TEXTS_BYTES = 64 * 1024 ** 2;
/** Folders of tools, with many files that nobody asks for in a diff. */
export const NOT_KEPT: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A file as it was: which one it is, and the text in it where that was kept. */
export interface KeptFile {
  readonly size: number;
  /** Changes whenever the file does. */
  readonly mark: string;
  /** Name of its text among the texts; null: not a text, or too large. */
  readonly text: string | null;
}

/** What was in a workspace at one moment. */
export interface Snapshot {
  readonly takenAt: string;
  readonly files: Readonly<Record<string, KeptFile>>;
  /** Why it is not whole, and nothing can be told by it; null when it is. */
  readonly missing: string | null;
}

export interface SnapshotOptions {
  /** Where texts are kept. */
  readonly texts: string;
  /** The snapshot before, whose texts need not be read again. */
  readonly before: Snapshot | null;
  readonly maxFiles: number;
}

/** Looks through a workspace and keeps the texts in it. A file that cannot be read is kept by its size and time. */
export async function takeSnapshot(root: string, { texts, before, maxFiles }: SnapshotOptions): Promise<Snapshot> {
  const takenAt = new Date().toISOString();
  // Without a prototype: any name may be a file's.
  const files = Object.create(null) as Record<string, KeptFile>;
  let [count, bytes] = [0, 0];
  await using folder = await Held.at(root);
  for await (const { path, held } of filesOf(folder)) {
    count += 1;
    if (count > maxFiles) return { takenAt, files: {}, missing: `the workspace has more than ${maxFiles} files` };
    const size = Number(held.stats.size);
    const isKept = size <= MAX_TEXT_BYTES && bytes + size <= MAX_TEXTS_BYTES;
    const [known, mark] = [before?.files[path], markOf(held.stats)];
    const text = isKept ? (known?.mark === mark ? known.text : await keepText(held, texts)) : null;
    if (text !== null) bytes += size;
    files[path] = { size, mark, text };
  }
  return { takenAt, files, missing: null };
}

export const markOf = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [ino, size, mtimeNs, ctimeNs].map((value) => value.toString(36)).join('-');

/** The files that a snapshot is about. */
export async function* filesOf(folder: Held): AsyncGenerator<{ path: string; held: Held }> {
  const skip = (path: string) => NOT_KEPT.has(path.slice(path.lastIndexOf('/') + 1));
  for await (const walked of walk(folder, '', { recursive: true, skip })) if (walked.held.stats.isFile()) yield walked;
}

async function keepText(held: Held, texts: string): Promise<string | null> {
  const text = await textOf(held, MAX_TEXT_BYTES).catch(() => null);
  if (text === null) return null;
  const name = createHash('sha256').update(text).digest('hex');
  const path = join(texts, name);
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return name;
  await makeFolder(dirname(texts));
  await makeFolder(texts);
  await writeFile(path, text, { mode: 0o600 });
  return name;
}

/** @throws ClaudeError `files.no_snapshot` when it has been cleaned up since */
export async function keptText(texts: string, name: string): Promise<string> {
  return readFile(join(texts, name), 'utf8').catch((cause: Error) => {
    throw new ClaudeError('files.no_snapshot', { reason: 'it is too old' }, { cause });
  });
}
