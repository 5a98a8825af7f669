import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Bytes that the host can still give away; null where it does not tell. */
export async function hostFreeMemoryBytes(): Promise<number | null> {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(await textOf('/proc/meminfo'))?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** The same within the control group of this process and those around it, of which the narrowest counts. */
export async function freeMemoryBytes(): Promise<number | null> {
  const own = /^0::(.*)$/m.exec(await textOf('/proc/self/cgroup'))?.[1];
  const found = [await hostFreeMemoryBytes()];
  for (let path = own; path !== undefined; path = path === '/' ? undefined : dirname(path)) {
    found.push(await freeInGroup(join(ROOT, path)));
  }
  const known = found.filter((bytes) => bytes !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** What its files in the page cache take can be given back. Null for a group without a bound. */
async function freeInGroup(group: string): Promise<number | null> {
  const most = Number.parseInt(await textOf(join(group, 'memory.max')), 10);
  if (Number.isNaN(most)) return null;
  const [current, stat] = await Promise.all([
    textOf(join(group, 'memory.current')),
    textOf(join(group, 'memory.stat')),
  ]);
  const cached = Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  return Math.max(0, most - Number(current) + cached);
}
