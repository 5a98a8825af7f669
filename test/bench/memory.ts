import { readdirSync, readFileSync } from 'node:fs';

interface Memory {
  readonly rssMib: number;
  readonly pssMib: number;
}

/** Memory of a process with all its descendants; PSS counts each shared page once. */
export function memoryOfTree(root: number): Memory {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the two looks.
    }
  }
  const tree = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!tree.has(parent) || tree.has(pid)) continue;
      tree.add(pid);
      grown = true;
    }
  }
  const sums = [...tree].map((pid) => ({ rss: field(pid, 'Rss'), pss: field(pid, 'Pss') }));
  const mib = (kib: number) => kib / 1024;
  return {
    rssMib: mib(sums.reduce((sum, { rss }) => sum + rss, 0)),
    pssMib: mib(sums.reduce((sum, { pss }) => sum + pss, 0)),
  };
}

function field(pid: number, name: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
