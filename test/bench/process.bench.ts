import { type CliMessage } from '../../libs/claude/src/command/index.js';
import { startMessagesApi } from '../messages-api/index.js';
import { cliSetting } from './cli-under-test.js';
import { memoryOfTree } from './memory.js';
import { nowMs, startStampApi } from './stamp-api.js';
import { type Measure, median } from './statistics.js';
import { bareCli, stewardCli, type Subject } from './subjects.js';

type Start = typeof bareCli;
const SUBJECTS: readonly Start[] = [bareCli, stewardCli];
const MB = 20_000_000;

/** Runs the same work on both, in turns, so that a noisy moment hits both alike. */
async function compare(
  rounds: number,
  work: (start: Start) => Promise<number>,
): Promise<[bare: number, steward: number]> {
  const found: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, start] of SUBJECTS.entries()) found[index]!.push(await work(start));
  }
  return [median(found[0]), median(found[1])];
}

async function withCli<T>(
  start: Start,
  url: string,
  use: (subject: Subject, startedMs: number) => Promise<T>,
): Promise<T> {
  const setting = cliSetting(url);
  const began = performance.now();
  const subject = await start(setting);
  try {
    return await use(subject, performance.now() - began);
  } finally {
    await subject.stop();
    setting.remove();
  }
}

const deltaOf = (message: CliMessage): string | undefined =>
  message.type === 'stream_event' && message.event.delta?.type === 'text_delta' ? message.event.delta.text : undefined;

/** What supervisor and wrapper add to one agent process: nothing else of Steward is in the way. */
export async function processBench(rounds: number): Promise<Measure[]> {
  const stamps = await startStampApi(300, 4);
  const latency = await compare(rounds, (start) =>
    withCli(start, stamps.url, async (subject) => {
      const ages: number[] = [];
      const note = (message: CliMessage) => {
        const text = deltaOf(message);
        if (text) ages.push(nowMs() - Number(text));
      };
      await subject.prompt('warm up', () => undefined);
      await subject.prompt('measure', note);
      return median(ages);
    }),
  );
  const start = await compare(rounds, (make) => withCli(make, stamps.url, async (_subject, startedMs) => startedMs));
  await stamps.close();

  const api = await startMessagesApi({ journalBodies: 0 });
  const rate = await compare(rounds, (make) =>
    withCli(make, api.url, async (subject) => {
      const began = performance.now();
      await subject.prompt(`[[big bytes=${MB} chunk=4000]]`, () => undefined);
      return MB / 1e6 / ((performance.now() - began) / 1000);
    }),
  );
  const memory = { rss: [0, 0], pss: [0, 0] };
  for (const [index, make] of SUBJECTS.entries()) {
    await withCli(make, api.url, async (subject) => {
      await subject.prompt('[[say hello]]', () => undefined);
      const { rssMib, pssMib } = memoryOfTree(subject.pid);
      memory.rss[index] = rssMib;
      memory.pss[index] = pssMib;
    });
  }
  await api.close();
  return [
    {
      what: 'start: spawn to ready',
      bare: start[0],
      steward: start[1],
      unit: 'ms',
      bar: { text: '≤ 30 ms more', holds: start[1] - start[0] <= 30 },
    },
    {
      what: 'model → consumer, one delta',
      bare: latency[0],
      steward: latency[1],
      unit: 'ms',
      bar: { text: '≤ 1 ms more', holds: latency[1] - latency[0] <= 1 },
    },
    {
      what: '20 MB answer',
      bare: rate[0],
      steward: rate[1],
      unit: 'MB/s',
      bar: { text: '≥ 0.9 of it', holds: rate[1] / rate[0] >= 0.9 },
    },
    { what: 'memory of an agent process, RSS', bare: memory.rss[0]!, steward: memory.rss[1]!, unit: 'MiB', bar: null },
    { what: 'memory of an agent process, PSS', bare: memory.pss[0]!, steward: memory.pss[1]!, unit: 'MiB', bar: null },
  ];
}
