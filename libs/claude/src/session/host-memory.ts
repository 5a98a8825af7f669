import { readFile } from 'node:fs/promises';

/** Bytes that the host can still give away; null where it does not tell. */
export async function freeMemoryBytes(): Promise<number | null> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
