import { readFile } from 'node:fs/promises';
import { commandOf, processesWithMark } from './processes.js';

/** The processes of one run by what they are. */
export interface Anatomy {
  readonly warden: number | undefined;
  readonly supervisor: number | undefined;
  readonly cli: number | undefined;
  readonly all: readonly number[];
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

const KEEPER = /^\S*python\S* .*claude_wrapper\.py /;
const CLI = /^\S*\/claude(\.exe)? -p /;

/** Of any number of runs and waiting processes: who keeps them, and the CLIs. */
export async function keepersAndClis(mark: string): Promise<Readonly<Record<'keeper' | 'cli', readonly number[]>>> {
  const all = await processesWithMark(mark);
  const facts = await Promise.all(all.map(async (pid) => ({ pid, command: await commandOf(pid) })));
  const those = (pattern: RegExp) => facts.filter(({ command }) => pattern.test(command)).map(({ pid }) => pid);
  return { keeper: those(KEEPER), cli: those(CLI) };
}

/** Tells warden, supervisor and CLI apart by their command lines and by who started whom. */
export async function anatomyOf(mark: string): Promise<Anatomy> {
  const all = await processesWithMark(mark);
  const facts = await Promise.all(
    all.map(async (pid) => ({ pid, command: await commandOf(pid), parent: await parentOf(pid) })),
  );
  const keepers = facts.filter(({ command }) => KEEPER.test(command));
  const supervisor = keepers.find(({ parent }) => keepers.some(({ pid }) => pid === parent));
  const warden = keepers.find(({ pid }) => pid === supervisor?.parent);
  const cli = facts.find(({ command }) => CLI.test(command));
  return { warden: warden?.pid, supervisor: supervisor?.pid, cli: cli?.pid, all };
}
