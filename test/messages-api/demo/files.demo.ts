import { reply, tool } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, NO_MODEL, typed } from './demo.typing.js';

/** Lists the files of the workspace and says something about them. */
export function filesDemo(): Script {
  return demoOf(
    () =>
      reply(
        typed('Let me look around in the workspace. '),
        tool('Bash', { command: 'ls -lA', description: 'List the files' }),
      ),
    ({ lastResult }) => reply(typed(`${comment(lastResult?.text ?? '', lastResult?.isError === true)}\n\n${NO_MODEL}`)),
  );
}

function comment(listing: string, failed: boolean): string {
  if (failed) return `I could not look: ${listing.split('\n')[0]}`;
  const entries = listing
    .split('\n')
    .map(readLine)
    .filter((entry) => entry !== undefined);
  if (entries.length === 0) {
    return 'The workspace is **empty**. Ask me to write a program, and there will be something to list.';
  }
  const folders = entries.filter((entry) => entry.folder);
  const files = entries.filter((entry) => !entry.folder).toSorted((a, b) => b.bytes - a.bytes);
  const lines = [`I see **${count(files.length, 'file')}** and **${count(folders.length, 'folder')}**:\n`];
  for (const { name, bytes } of files.slice(0, 8)) lines.push(`- \`${name}\`, ${bytes} bytes, ${kindOf(name)}`);
  for (const { name } of folders.slice(0, 4)) lines.push(`- \`${name}/\`, a folder`);
  if (files.length > 1) lines.push(`\nThe largest is \`${files[0]!.name}\`.`);
  return lines.join('\n');
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function readLine(line: string): { name: string; bytes: number; folder: boolean } | undefined {
  const match = /^([-dl])\S{9}\S*\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+\s+(.+)$/.exec(line);
  return match === null ? undefined : { name: match[3]!, bytes: Number(match[2]), folder: match[1] === 'd' };
}

const KINDS: Record<string, string> = {
  py: 'a Python program',
  md: 'prose',
  json: 'data',
  txt: 'plain text',
  ts: 'TypeScript',
  sh: 'a shell script',
};

const kindOf = (name: string): string => KINDS[name.split('.').at(-1) ?? ''] ?? 'something of its own';
