import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Approval } from '@steward/client';
import { type Ended } from './trial.types.js';

/** Lines of the side-effect file of a session; none while there is no such file. */
export async function effectsIn(workspace: string | null): Promise<readonly string[]> {
  if (workspace === null) return [];
  const text = await readFile(join(workspace, 'effects'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** What is wrong with what the tools of a run did: each acts once, and what was told of it is true. */
export function effectsProof(
  { trial, run }: Ended,
  lines: readonly string[],
  approvals: readonly Approval[],
): string[] {
  const { wanted, reader } = trial;
  return wanted.lines.flatMap((line) => {
    const acted = lines.filter((one) => one === line).length;
    const calls = [...reader.calls.values()].filter(({ input }) => input.includes(line));
    const isUnknown = calls.some(({ toolUseId }) => reader.unknown.has(toolUseId));
    const decisions = approvals.filter(({ input }) => JSON.stringify(input).includes(line));
    const isDenied = decisions.some(({ resolution }) => resolution?.decision !== 'allow');
    const isAllowed = decisions.some(({ resolution }) => resolution?.decision === 'allow');
    const faults: string[] = [];
    if (acted > 1) faults.push(`${line} acted ${acted} times`);
    if (acted > 0 && calls.length === 0) faults.push(`${line} acted, and no event told it before`);
    if (acted > 0 && wanted.asks && !isAllowed) faults.push(`${line} acted, and nobody had allowed it`);
    if (acted === 0 && calls.some(({ finished }) => finished === 'done'))
      faults.push(`${line} is told as done, and did not act`);
    if (acted === 0 && run.state === 'completed' && !wanted.isCancelled && !isUnknown && !isDenied)
      faults.push(`${line} did not act, and nobody was told`);
    return faults;
  });
}
