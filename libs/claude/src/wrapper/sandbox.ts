import { dirname } from 'node:path';
import { type SandboxMode } from '../config/index.js';
import { type SandboxPlan, type SandboxSubject } from './sandbox.types.js';

/** From strong to weak; the first that works is the default. */
export const CANDIDATES: readonly Pick<SandboxPlan, 'mode' | 'ownUser'>[] = [
  { mode: 'namespace', ownUser: true },
  { mode: 'namespace', ownUser: false },
  { mode: 'user', ownUser: true },
  { mode: 'none', ownUser: false },
];

/** Options of the supervisor that confine one agent process (docs/sandbox.md). */
export function sandboxArguments(
  { mode, ownUser }: Pick<SandboxPlan, 'mode' | 'ownUser'>,
  subject: SandboxSubject,
): string[] {
  const words: string[] = [];
  if (ownUser && subject.uid !== null) words.push('--uid', String(subject.uid), '--gid', String(subject.uid));
  if (mode !== 'namespace') return words;
  words.push('--sandbox', 'namespace');
  for (const path of [dirname(subject.cliPath), ...subject.readable]) words.push('--ro-bind', path);
  for (const path of subject.writable) words.push('--bind', path);
  return words;
}

/** The candidates that a setting allows: `auto` any, a mode only itself, with or without a user of its own. */
export const candidatesFor = (setting: SandboxMode | 'auto'): typeof CANDIDATES =>
  setting === 'auto' ? CANDIDATES : CANDIDATES.filter(({ mode }) => mode === setting);
