import { readdir, readFile, readlink } from 'node:fs/promises';

/** Living processes whose environment carries a supervisor's mark that begins with this text. */
export async function processesWithMark(prefix: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(async (pid) => ((await isMarked(pid, prefix)) ? [Number(pid)] : [])));
  return found.flat();
}

/** Supervisors and wardens among them, wardens first. */
export async function keepersWithMark(prefix: string): Promise<number[]> {
  const marked = await processesWithMark(prefix);
  const found = await Promise.all(
    marked.map(async (pid) => ((await commandOf(pid)).includes('/claude_wrapper.py ') ? [pid] : [])),
  );
  return found.flat();
}

/** What a process carries; empty without, and for a zombie: it has no environment, and runs nothing any more. */
export async function markOf(pid: number | string): Promise<string> {
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const entry = environ.split('\0').find((text) => text.startsWith('STEWARD_MARK='));
  return entry?.slice('STEWARD_MARK='.length) ?? '';
}

const isMarked = async (pid: string, prefix: string): Promise<boolean> => (await markOf(pid)).startsWith(prefix);

/** The command line of a process; empty when it is gone. */
export async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
}

/** Living processes whose command line names this text. */
export async function processesOf(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await commandOf(pid)).includes(text) ? [pid] : [])));
  return found.flat();
}

/** Living processes that work in this folder; a program may change its command line, as Redis does, but not that. */
export async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return place === folder || place.startsWith(`${folder}/`) ? [pid] : [];
    }),
  );
  return found.flat();
}
