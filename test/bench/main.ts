import { type Measure, report } from './statistics.js';
import { fanoutBench } from './fanout.bench.js';
import { gatewayBench } from './gateway.bench.js';
import { queueBench } from './queue.bench.js';
import { processBench } from './process.bench.js';
import { scaleBench } from './scale.bench.js';
import { sessionsBench } from './sessions.bench.js';
import { streamBench } from './stream.bench.js';

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

const words = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const option = (name: string, otherwise: number): number => {
  const at = words.indexOf(name);
  return at === -1 ? otherwise : Number(words[at + 1]);
};
const named = words.filter((word) => word in BENCHES);
const measures: Measure[] = [];
for (const name of named.length > 0 ? named : Object.keys(BENCHES)) {
  process.stdout.write(`measuring ${name} …\n`);
  measures.push(...(await BENCHES[name]!(option('--rounds', 5), option('--sessions', 10_000))));
}
process.stdout.write(`\n${report(measures)}\n`);
if (words.includes('--check') && measures.some(({ bar }) => bar && !bar.holds)) process.exitCode = 1;
