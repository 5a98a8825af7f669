import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { removeTree } from '@steward/host';

/** The CLI writes some hundred bytes; an agent may have written more. */
const MAX_BYTES = 1024 * 1024;
const WORD = /^[0-9A-Za-z:.-]{1,128}$/;

/**
 * What of the CLI's state only spares it work at its next start: that it has moved older settings (a number, and flags),
 * and names that it would make anew. With them a CLI of 2.1.197 is ready 40 to 50 ms earlier (docs/performance.md).
 */
const IDLE_KEYS: readonly (readonly [key: RegExp, is: (value: unknown) => boolean])[] = [
  [/^migrationVersion$/, (value) => Number.isSafeInteger(value)],
  [/^[A-Za-z0-9]{1,64}MigrationComplete$/, (value) => value === true],
  [/^(?:machineID|userID|firstStartTime)$/, (value) => typeof value === 'string' && WORD.test(value)],
];

/**
 * Leaves of a `.claude.json` what changes nothing that the CLI does; one without any of it, or that is no plain file of
 * its own, goes. Call it while no process of the session lives. Links are not followed.
 *
 * @throws what the file system says, but not when there is none
 */
export async function reduceState(path: string): Promise<void> {
  const file = await openPlain(path);
  const kept = file && (await idleOf(file));
  try {
    // In its place: it keeps its owner.
    if (file && kept) await rewrite(file, JSON.stringify(kept));
  } finally {
    await file?.close();
  }
  if (!kept) await removeTree(path);
}

/** Another name of the same file may lie anywhere. */
async function openPlain(path: string): Promise<FileHandle | null> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => null);
  const found = await file?.stat();
  if (found?.isFile() && found.nlink === 1 && found.size <= MAX_BYTES) return file;
  await file?.close();
  return null;
}

async function idleOf(file: FileHandle): Promise<Record<string, unknown> | null> {
  try {
    const state: unknown = JSON.parse(await file.readFile('utf8'));
    const kept = Object.entries(state ?? {}).filter(([key, value]) =>
      IDLE_KEYS.some(([name, is]) => name.test(key) && is(value)),
    );
    return kept.length > 0 ? Object.fromEntries(kept) : null;
  } catch {
    return null;
  }
}

async function rewrite(file: FileHandle, text: string): Promise<void> {
  await file.truncate(0);
  await file.write(text, 0, 'utf8');
}
