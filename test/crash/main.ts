import { SessionCrashes } from './session-crashes.js';

const HELP = `usage: npm run crash [-- --moments N] [--seed N]

Kills worker, api or Redis at N random moments (default 50) of creating, running, hibernating, resuming, forking and
closing sessions, and looks after each whether every session is in a true state and usable, with its history. At the end all are
closed, and no process, folder or key may be left. Exit code 1 when something is not as it should be.
`;

const words = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const number = (name: string, otherwise: number): number => {
  const at = words.indexOf(name);
  return at === -1 ? otherwise : Number(words[at + 1]);
};
const report = await SessionCrashes.run(number('--moments', 50), number('--seed', 1), (line) =>
  process.stdout.write(`${line}\n`),
);
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (report.faults.length > 0) process.exitCode = 1;
