import { checkReadable } from './file-entry.js';
import { Held } from './open-below.js';
import { filesOf, keptText, type KeptFile, markOf, MAX_TEXT_BYTES, type Snapshot } from './snapshot.js';
import { textOf } from './text-of.js';
import { unifiedDiff } from './unified-diff.js';

export const CHANGES = ['added', 'modified', 'removed'] as const;

export interface FileChange {
  readonly path: string;
  readonly change: (typeof CHANGES)[number];
  /** Bytes; null: there was, or is, none. */
  readonly sizeBefore: number | null;
  readonly sizeAfter: number | null;
  /** As `diff -u` has it; null where one side is no text, or too large. */
  readonly patch: string | null;
}

export interface DiffLimits {
  readonly maxFiles: number;
  /** Characters of all patches together; files beyond it are told without. */
  readonly maxPatchCharacters: number;
}

export interface FilesDiff {
  readonly data: readonly FileChange[];
  /** Whether there is more than is told. */
  readonly truncated: boolean;
}

/** What is different in a workspace from what it was. */
export async function diffSince(
  root: string,
  { snapshot, texts }: { readonly snapshot: Snapshot; readonly texts: string },
  { maxFiles, maxPatchCharacters }: DiffLimits,
): Promise<FilesDiff> {
  const data: FileChange[] = [];
  const left = new Map(Object.entries(snapshot.files));
  let characters = 0;
  const add = (change: FileChange): void => {
    const size = change.patch?.length ?? 0;
    const fits = characters + size <= maxPatchCharacters;
    if (fits) characters += size;
    data.push(fits ? change : { ...change, patch: null });
  };
  await using folder = await Held.at(root);
  for await (const { path, held } of filesOf(folder)) {
    const before = left.get(path);
    left.delete(path);
    if (before?.mark === markOf(held.stats)) continue;
    if (data.length === maxFiles) return { data, truncated: true };
    const change = await changeOf(path, before, { held, workspace: folder, texts });
    if (change) add(change);
  }
  for (const [path, before] of left) {
    if (data.length === maxFiles) return { data, truncated: true };
    const text = before.text === null ? null : await keptText(texts, before.text);
    const patch = text === null ? null : unifiedDiff(path, text, null);
    add({ path, change: 'removed', sizeBefore: before.size, sizeAfter: null, patch });
  }
  return { data, truncated: false };
}

async function changeOf(
  path: string,
  before: KeptFile | undefined,
  { held, workspace, texts }: { held: Held; workspace: Held; texts: string },
): Promise<FileChange | null> {
  const change = before ? 'modified' : 'added';
  const about = { path, change, sizeBefore: before?.size ?? null, sizeAfter: Number(held.stats.size) } as const;
  const after = await readable(held, workspace);
  if (after === null || before?.text === null) return { ...about, patch: null };
  const old = before ? await keptText(texts, before.text) : null;
  // Written again as it was.
  if (old === after) return null;
  return { ...about, patch: unifiedDiff(path, old, after) };
}

async function readable(held: Held, workspace: Held): Promise<string | null> {
  try {
    checkReadable(held.stats, workspace.stats);
    return await textOf(held, MAX_TEXT_BYTES);
  } catch {
    return null;
  }
}
