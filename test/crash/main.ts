import { SessionCrashes } from './session-crashes.js';
import { readCommandLine, wordsOrHelp } from '../support/command-line.js';

const HELP = `usage: npm run crash [-- --moments N] [--seed N]

Kills worker, api or Redis at N random moments (default 50) of creating, running, hibernating, resuming, forking and
closing sessions, and looks after each whether every session is in a true state and usable, with its history. At the end all are
closed, and no process, folder or key may be left. Exit code 1 when something is not as it should be.
`;

const { numbers } = readCommandLine(wordsOrHelp(HELP), { moments: 50, seed: 1 });
const report = await SessionCrashes.run(numbers.moments, numbers.seed, (line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (report.faults.length > 0) process.exitCode = 1;
