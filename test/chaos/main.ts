import { wordsOrHelp } from '../support/command-line.js';
import { HELP, parseOptions } from './chaos.options.js';
import { runChaos } from './chaos.js';
import { reportOf } from './report.js';

const report = await runChaos(parseOptions(wordsOrHelp(HELP)), (line) => process.stdout.write(`${line}\n`));
process.stdout.write(reportOf(report));
if (report.faults.length > 0) process.exitCode = 1;
