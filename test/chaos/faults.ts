import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keepersAndClis } from '../support/anatomy.js';
import { type Arena, QUOTA_BYTES } from './arena.js';
import { type Load } from './load.js';
import { type Member } from './member.js';

/** Where a fault strikes. */
export interface Ground {
  readonly arena: Arena;
  readonly load: Load;
  /** 0 to 1, by the plan. */
  readonly chance: number;
}

/** One way to go wrong. */
export interface FaultKind {
  readonly name: string;
  readonly weight: number;
  /** Resolves when it is over. @returns false when there was nothing to strike */
  strike(ground: Ground): Promise<boolean>;
}

const among = <T>(found: readonly T[], chance: number): T | undefined => found[Math.floor(chance * found.length)];
/** The same figure, spread anew: who is struck must not say how long. */
const other = (chance: number): number => (chance * 97.31) % 1;

/** One of those that are up; it may be the last. */
const upOf = (members: readonly Member[], chance: number): Member | undefined =>
  among(
    members.filter(({ isUp }) => isUp),
    chance,
  );

async function endOne(members: readonly Member[], chance: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
  const member = upOf(members, chance);
  await member?.replace(signal);
  return member !== undefined;
}

async function freezeOne(members: readonly Member[], chance: number, mostMs: number): Promise<boolean> {
  const member = upOf(members, chance);
  await member?.freeze(300 + other(chance) * mostMs);
  return member !== undefined;
}

async function killProcess(arena: Arena, which: 'cli' | 'keeper', chance: number): Promise<boolean> {
  const found = await keepersAndClis(`${arena.dataDir}#`);
  const pid = among(found[which], chance);
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself since it was looked for.
    return false;
  }
  return pid !== undefined;
}

async function weather(arena: Arena, faults: readonly string[], forMs: number): Promise<boolean> {
  arena.model.setWeather({ every: 2, faults });
  await delay(forMs);
  arena.model.setWeather(undefined);
  return true;
}

/** More than its session may have, in the workspace of a run that is under way; removed when the run has ended. */
async function fill({ arena, load, chance }: Ground): Promise<boolean> {
  const trial = among(
    load.open.filter(({ kind, filled }) => kind === 'long' && !filled),
    chance,
  );
  const folder = trial && (await arena.workspaceOf(trial.sessionId));
  if (!trial || !folder) return false;
  const path = join(folder, 'filler');
  const written = await writeFile(path, Buffer.alloc(QUOTA_BYTES * 1.2, 1)).then(
    () => true,
    () => false,
  );
  if (!written) return false;
  trial.filled = true;
  await trial.reader.done;
  await rm(path, { force: true });
  return true;
}

export const FAULTS: readonly FaultKind[] = [
  { name: 'worker SIGKILL', weight: 4, strike: ({ arena, chance }) => endOne(arena.workers, chance, 'SIGKILL') },
  { name: 'worker SIGTERM', weight: 2, strike: ({ arena, chance }) => endOne(arena.workers, chance, 'SIGTERM') },
  { name: 'api SIGKILL', weight: 3, strike: ({ arena, chance }) => endOne(arena.apis, chance, 'SIGKILL') },
  { name: 'CLI SIGKILL', weight: 4, strike: ({ arena, chance }) => killProcess(arena, 'cli', chance) },
  { name: 'supervisor SIGKILL', weight: 4, strike: ({ arena, chance }) => killProcess(arena, 'keeper', chance) },
  { name: 'worker SIGSTOP', weight: 4, strike: ({ arena, chance }) => freezeOne(arena.workers, chance, 12_000) },
  { name: 'api SIGSTOP', weight: 2, strike: ({ arena, chance }) => freezeOne(arena.apis, chance, 5000) },
  { name: 'Redis SIGKILL', weight: 2, strike: ({ arena, chance }) => arena.outage('SIGKILL', 200 + chance * 2000) },
  { name: 'Redis SIGSTOP', weight: 2, strike: ({ arena, chance }) => arena.outage('SIGSTOP', 200 + chance * 4000) },
  {
    name: 'streams cut',
    weight: 3,
    strike: ({ arena, chance }) => weather(arena, ['[[cut after=2]]', '[[cut after=5 reset=1]]'], 300 + chance * 900),
  },
  {
    name: '429, 500, 529',
    weight: 3,
    strike: ({ arena, chance }) =>
      weather(arena, ['[[error 429 retry-after=1]]', '[[error 500]]', '[[error 529]]'], 300 + chance * 900),
  },
  { name: 'workspace filled', weight: 2, strike: fill },
];
