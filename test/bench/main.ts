import { type Measure, report } from './statistics.js';
import { fanoutBench } from './fanout.bench.js';
import { gatewayBench } from './gateway.bench.js';
import { queueBench } from './queue.bench.js';
import { processBench } from './process.bench.js';
import { scaleBench } from './scale.bench.js';
import { sessionsBench } from './sessions.bench.js';
import { streamBench } from './stream.bench.js';
import { readCommandLine, wordsOrHelp } from '../support/command-line.js';

const HELP = `usage: npm run bench [-- NAME…] [--rounds N] [--sessions N] [--check]

Measures Steward against the bare CLI in the same run: medians of N rounds (default 5), in turns, on a scripted
Messages API on loopback. NAME: process, stream, fanout, sessions, scale (--sessions
open ones, default 10,000), gateway (against asking the Messages API directly), queue
(against a bare BullMQ job). --check fails when a bar is missed.
`;

const BENCHES: Readonly<Record<string, (rounds: number, sessions: number) => Promise<Measure[]>>> = {
  process: processBench,
  stream: streamBench,
  fanout: fanoutBench,
  sessions: sessionsBench,
  scale: scaleBench,
  gateway: gatewayBench,
  queue: queueBench,
};

const { numbers, flags, rest } = readCommandLine(
  wordsOrHelp(HELP),
  { rounds: 5, sessions: 10_000 },
  { flags: ['check'], rest: Object.keys(BENCHES) },
);
const measures: Measure[] = [];
for (const name of rest.length > 0 ? rest : Object.keys(BENCHES)) {
  process.stdout.write(`measuring ${name} …\n`);
  measures.push(...(await BENCHES[name]!(numbers.rounds, numbers.sessions)));
}
process.stdout.write(`\n${report(measures)}\n`);
if (flags.has('check') && measures.some(({ bar }) => bar && !bar.holds)) process.exitCode = 1;
