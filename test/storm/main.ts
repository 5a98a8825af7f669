import { Storm } from './storm.js';
import { readCommandLine, wordsOrHelp } from '../support/command-line.js';

const HELP = `usage: npm run storm [-- --seconds N] [--every-ms N]

Lets every third request to the model fail for N seconds (default 60) under load, and for a fifth of that time all of them,
with the real CLI. Then it looks whether the runs of those completed who asked nothing wrong, whether retries kept to
their budget, whether breakers opened and closed, and whether anything is stuck. Exit code 1 when something is not as it should be.
`;

const { numbers } = readCommandLine(wordsOrHelp(HELP), { seconds: 60, 'every-ms': 1000 });
const options = { seconds: numbers.seconds, everyMs: numbers['every-ms'], patienceMs: 300_000 };
const report = await Storm.run(options, (line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (report.faults.length > 0) process.exitCode = 1;
