import { Storm } from './storm.js';

const HELP = `usage: npm run storm [-- --seconds N] [--every-ms N]

Lets every third request to the model fail for N seconds (default 60) under load, and for a fifth of that time all of them,
with the real CLI. Then it looks whether the runs of those completed who asked nothing wrong, whether retries kept to
their budget, whether breakers opened and closed, and whether anything is stuck. Exit code 1 when something is not as it should be.
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
const options = { seconds: number('--seconds', 60), everyMs: number('--every-ms', 1000), patienceMs: 300_000 };
const report = await Storm.run(options, (line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (report.faults.length > 0) process.exitCode = 1;
