import { HELP, parseOptions } from './chaos.options.js';
import { runChaos } from './chaos.js';
import { reportOf } from './report.js';

const words = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(HELP);
} else {
  const report = await runChaos(parseOptions(words), (line) => process.stdout.write(`${line}\n`));
  process.stdout.write(reportOf(report));
  if (report.faults.length > 0) process.exitCode = 1;
}
