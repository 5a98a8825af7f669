import { opendir } from 'node:fs/promises';
import { ClaudeError } from '../error/index.js';
import { found, Held } from './open-below.js';

/** Entries that one folder may have to be looked through. */
const MAX_ENTRIES = 100_000;
/** Levels that are gone down; deeper ones are shown and not opened. */
const MAX_DEPTH = 64;

export interface Walked {
  readonly path: string;
  readonly held: Held;
}

export interface WalkOptions {
  readonly recursive: boolean;
  /** Only what comes behind this path, in the order of the walk. */
  readonly after?: string | undefined;
  /** What is passed over, with all that is in it. */
  readonly skip?: (path: string) => boolean;
}

/**
 * What is in a folder, sorted by name, each before what is in it. Each entry is held only until the next is asked for.
 * What vanishes meanwhile is passed over, and so are names that are not UTF-8.
 *
 * @throws ClaudeError `files.too_many` for a folder with more entries than can be sorted
 */
export async function* walk(folder: Held, prefix: string, options: WalkOptions, depth = 0): AsyncGenerator<Walked> {
  const after = options.after?.split('/') ?? [];
  for (const name of await namesIn(folder)) {
    const order = after[depth] === undefined ? 1 : compare(name, after[depth]);
    if (order < 0) continue;
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (options.skip?.(path)) continue;
    const held = await Held.at(folder.entry(name)).catch(() => null);
    if (!held) continue;
    try {
      // On the way to the place, what has been told is gone through and not told again.
      const isBehind = order > 0;
      if (isBehind) yield { path, held };
      const below = isBehind ? { ...options, after: undefined } : options;
      if (options.recursive && held.stats.isDirectory() && depth < MAX_DEPTH) yield* walk(held, path, below, depth + 1);
    } finally {
      await held.close();
    }
  }
}

async function namesIn(folder: Held): Promise<string[]> {
  const names: string[] = [];
  const reading = await found(opendir(folder.self, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 }));
  for await (const { name } of reading) {
    const text = nameOf(name as unknown as Buffer);
    if (text !== null) names.push(text);
    if (names.length > MAX_ENTRIES) throw new ClaudeError('files.too_many', { limit: MAX_ENTRIES });
  }
  return names.toSorted(compare);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function nameOf(bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** By code units: the same everywhere, whatever the language. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
