import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { RedisProcess } from '../support/redis.process.js';
import { ServerProcess } from '../support/server.process.js';
import { cliSetting } from './cli-under-test.js';
import { type Follow, type Frame, overSocket, overSse } from './readers.js';
import { nowMs, startStampApi } from './stamp-api.js';
import { type Measure, median } from './statistics.js';
import { bareCli } from './subjects.js';

const MB = 20_000_000;
const DELTAS = 5000;
const STAMPS = { deltas: 300, everyMs: 4 };

/** Worker and api as processes of their own, at one Redis. */
class Deployment implements AsyncDisposable {
  private constructor(
    readonly redis: RedisProcess,
    readonly api: ServerProcess,
    private readonly worker: ServerProcess,
    private readonly dataDir: string,
  ) {}

  static async start(modelUrl: string): Promise<Deployment> {
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-bench-'));
    const redis = await RedisProcess.start();
    const start = (role: string) =>
      ServerProcess.start({ spares: true, modelUrl, dataDir, env: { REDIS_URL: redis.url, STEWARD_ROLE: role } });
    const [api, worker] = [await start('api'), await start('worker')];
    return new Deployment(redis, api, worker, dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
    await this.worker[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const textOf = (frame: Frame): string | null => (frame.type === 'text.delta' ? String(frame.data['text']) : null);

/** Age of a delta when its reader has it. A merged frame holds several stamps; the oldest counts. */
async function ageAt(server: ServerProcess, follow: Follow): Promise<number> {
  const ages: number[] = [];
  const { id } = await server.client().submit({ prompt: 'measure' });
  await follow(server.url, id, (frame) => {
    const text = textOf(frame);
    if (text) ages.push(nowMs() - Number(text.trim().split(' ')[0]));
  });
  return median(ages);
}

/** Milliseconds from the first delta on. */
interface Span {
  readonly toLast: number;
  readonly toEnd: number;
}

class Stopwatch {
  private first = 0;
  private last = 0;

  delta(): void {
    this.last = performance.now();
    this.first ||= this.last;
  }

  get span(): Span {
    return { toLast: this.last - this.first, toEnd: performance.now() - this.first };
  }
}

async function spanAt(server: ServerProcess, follow: Follow, prompt: string): Promise<Span> {
  const watch = new Stopwatch();
  const { id } = await server.client().submit({ prompt, timeoutMs: 120_000 });
  await follow(server.url, id, (frame) => {
    if (textOf(frame) !== null) watch.delta();
  });
  return watch.span;
}

async function bareSpan(url: string, prompt: string): Promise<Span> {
  const setting = cliSetting(url);
  const subject = await bareCli(setting);
  const watch = new Stopwatch();
  await subject.prompt(prompt, (message) => {
    if (message.type === 'stream_event' && message.event.delta?.text) watch.delta();
  });
  const { span } = watch;
  await subject.stop();
  setting.remove();
  return span;
}

async function bareAge(url: string): Promise<number> {
  const setting = cliSetting(url);
  const subject = await bareCli(setting);
  const ages: number[] = [];
  await subject.prompt('measure', (message) => {
    const text = message.type === 'stream_event' ? message.event.delta?.text : undefined;
    if (text) ages.push(nowMs() - Number(text));
  });
  await subject.stop();
  setting.remove();
  return median(ages);
}

/** From the model to a reader: how old a delta is, and how much comes in a second. */
export async function streamBench(rounds: number): Promise<Measure[]> {
  return [...(await latency(rounds)), ...(await rates(rounds)), ...(await cost())];
}

async function latency(rounds: number): Promise<Measure[]> {
  const stamps = await startStampApi(STAMPS.deltas, STAMPS.everyMs);
  await using server = await ServerProcess.start({ spares: true, modelUrl: stamps.url });
  await using apart = await Deployment.start(stamps.url);
  const found: Record<'bare' | 'sse' | 'socket' | 'other', number[]> = { bare: [], sse: [], socket: [], other: [] };
  for (let round = 0; round < rounds; round += 1) {
    found.bare.push(await bareAge(stamps.url));
    found.sse.push(await ageAt(server, overSse(server.client())));
    found.socket.push(await ageAt(server, overSocket));
    found.other.push(await ageAt(apart.api, overSocket));
  }
  await stamps.close();
  const bare = median(found.bare);
  const row = (what: string, values: readonly number[]): Measure => {
    const steward = median(values);
    return { what, bare, steward, unit: 'ms', bar: { text: '≤ 5 ms more', holds: steward - bare <= 5 } };
  };
  return [
    row('model → SSE reader, one delta', found.sse),
    row('model → Socket.IO reader, one delta', found.socket),
    row('the same, worker and api apart', found.other),
  ];
}

async function rates(rounds: number): Promise<Measure[]> {
  const api: MessagesApi = await startMessagesApi({ journalBodies: 0 });
  await using server = await ServerProcess.start({ spares: true, modelUrl: api.url });
  const measures: Measure[] = [];
  const works = [
    { what: `${DELTAS} deltas`, prompt: `[[text n=${DELTAS}]]`, amount: DELTAS, unit: 'per s' },
    { what: '20 MB', prompt: `[[big bytes=${MB} chunk=4000]]`, amount: MB / 1e6, unit: 'MB/s' },
  ];
  for (const { what, prompt, amount, unit } of works) {
    const spans: [Span[], Span[], Span[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      spans[0].push(await bareSpan(api.url, prompt));
      spans[1].push(await spanAt(server, overSse(server.client()), prompt));
      spans[2].push(await spanAt(server, overSocket, prompt));
    }
    const rate = (values: readonly Span[], part: keyof Span) =>
      amount / (median(values.map((span) => span[part])) / 1000);
    for (const [index, reader] of ['SSE', 'Socket.IO'].entries()) {
      const [bare, steward] = [rate(spans[0], 'toLast'), rate(spans[index + 1]!, 'toLast')];
      const bar = { text: '≥ 0.9 of it', holds: steward / bare >= 0.9 };
      measures.push({ what: `${what} to one ${reader} reader`, bare, steward, unit, bar });
      const [bareEnd, end] = [rate(spans[0], 'toEnd'), rate(spans[index + 1]!, 'toEnd')];
      measures.push({ what: `… with message and result`, bare: bareEnd, steward: end, unit, bar: null });
    }
  }
  await api.close();
  return measures;
}

/** What a delta costs at Redis, at a pace and at full rate. */
async function cost(): Promise<Measure[]> {
  const api = await startMessagesApi({ journalBodies: 0 });
  const measures: Measure[] = [];
  {
    await using apart = await Deployment.start(api.url);
    const redis = new Redis(apart.redis.url);
    const figures = async () => {
      const info = await redis.info();
      const field = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? 0);
      return { commands: field('total_commands_processed'), cpu: field('used_cpu_user') + field('used_cpu_sys') };
    };
    for (const [pace, prompt] of [
      ['200 a second', '[[text n=1000 delay=5]]'],
      ['full rate', `[[text n=${DELTAS}]]`],
    ] as const) {
      const deltas = prompt.includes('1000') ? 1000 : DELTAS;
      const before = await figures();
      await spanAt(apart.api, overSse(apart.api.client()), prompt);
      const after = await figures();
      const row = (what: string, steward: number, unit: string): Measure => ({
        what,
        bare: Number.NaN,
        steward,
        unit,
        bar: null,
      });
      measures.push(
        row(`log, ${pace}: Redis commands`, (after.commands - before.commands) / deltas, 'per delta'),
        row(`log, ${pace}: Redis CPU`, ((after.cpu - before.cpu) / deltas) * 1e6, 'µs per delta'),
      );
    }
    redis.disconnect();
  }
  await api.close();
  return measures;
}
