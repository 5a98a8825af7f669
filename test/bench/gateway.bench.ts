import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { type CliMessage } from '../../libs/claude/src/command/index.js';
import { cliSetting } from './cli-under-test.js';
import { type Measure, median } from './statistics.js';
import { bareCli } from './subjects.js';

/** One of the two ways to the same provider. */
interface Way {
  readonly url: string;
  readonly token: string;
}

/** As large as a request of the CLI with its tools. */
const BODY_BYTES = 76_000;
const agent = new Agent({ keepAlive: true });

const body = (prompt: string): string =>
  JSON.stringify({
    model: 'claude-sonnet-4-6',
    messages: [{ role: 'user', content: prompt }],
    system: 'x'.repeat(BODY_BYTES),
    max_tokens: 1000,
    stream: true,
  });

/** Milliseconds until the first byte of the answer and until its end, and its size. */
async function ask({ url, token }: Way, text: string) {
  const began = performance.now();
  const headers = {
    'content-type': 'application/json',
    'x-api-key': token,
    'content-length': String(Buffer.byteLength(text)),
  };
  const request = httpRequest(`${url}/v1/messages`, { method: 'POST', agent, headers });
  request.end(text);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let [first, bytes] = [0, 0];
  answer.on('data', (chunk: Buffer) => {
    first ||= performance.now();
    bytes += chunk.length;
  });
  await once(answer, 'end');
  return { firstMs: first - began, wholeMs: performance.now() - began, bytes };
}

/** Starts a program of the build and waits for a line that begins with this word. @returns the words behind it */
async function launch(program: string, words: readonly string[], word: string) {
  const child = spawn(process.execPath, [`dist/test/${program}`, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const found = await new Promise<string[]>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${program} ended: ${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = said.split('\n').find((text) => text.startsWith(`${word} `));
      if (line) resolve(line.split(' ').slice(1));
    });
  });
  return { child, found };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** The same on both ways, in turns, so that a noisy moment hits both alike. */
async function inTurns(
  ways: readonly [Way, Way],
  rounds: number,
  work: (way: Way) => Promise<number>,
): Promise<[direct: number, gateway: number]> {
  const found: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1)
    for (const [index, way] of ways.entries()) found[index]!.push(await work(way));
  return [median(found[0]), median(found[1])];
}

/** What the model gateway adds on the way between CLI and provider. */
export async function gatewayBench(rounds: number): Promise<Measure[]> {
  const api = await launch('messages-api/main.js', [], 'listening');
  const direct: Way = { url: api.found[0]!, token: 'direct' };
  const gateway = await launch('bench/gateway.process.js', [direct.url], 'gateway');
  const ways: [Way, Way] = [direct, { url: gateway.found[0]!, token: gateway.found[1]! }];
  try {
    return await measure(ways, rounds);
  } finally {
    agent.destroy();
    await stop(gateway.child);
    await stop(api.child);
  }
}

async function measure(ways: [Way, Way], rounds: number): Promise<Measure[]> {
  const [short, large, small] = ['[[say x]]', '[[big bytes=100000000 chunk=4000]]', '[[text n=20000]]'].map(body);
  await inTurns(ways, 50, async (way) => (await ask(way, short!)).firstMs);
  const first = await inTurns(ways, 100 * rounds, async (way) => (await ask(way, short!)).firstMs);
  const rate = await inTurns(ways, rounds, async (way) => {
    const { bytes, wholeMs } = await ask(way, large!);
    return bytes / 1000 / wholeMs;
  });
  const deltas = await inTurns(ways, 4 * rounds, async (way) => 20_000 / (await ask(way, small!)).wholeMs);
  const crowd = await inTurns(ways, 2 * rounds, async (way) => {
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(way, short!)));
    return Math.max(...all.map(({ wholeMs }) => wholeMs));
  });
  const cli = await throughCli(ways, rounds);
  return [
    { what: 'first byte of an answer', bare: first[0], steward: first[1], unit: 'ms', bar: below(first, 1) },
    { what: '100 MB answer', bare: rate[0], steward: rate[1], unit: 'MB/s', bar: atLeast(rate, 0.95) },
    { what: '20,000 deltas', bare: deltas[0], steward: deltas[1], unit: '1/ms', bar: null },
    { what: '50 requests at once, the last', bare: crowd[0], steward: crowd[1], unit: 'ms', bar: null },
    {
      what: 'the CLI: prompt to first delta',
      bare: cli.first[0],
      steward: cli.first[1],
      unit: 'ms',
      bar: null,
    },
    {
      what: 'the CLI: 20 MB answer',
      bare: cli.rate[0],
      steward: cli.rate[1],
      unit: 'MB/s',
      bar: atLeast(cli.rate, 0.95),
    },
  ];
}

const below = ([direct, gateway]: readonly [number, number], ms: number): Measure['bar'] => ({
  text: `≤ ${ms} ms more`,
  holds: gateway - direct <= ms,
});
const atLeast = ([direct, gateway]: readonly [number, number], part: number): Measure['bar'] => ({
  text: `≥ ${part} of it`,
  holds: gateway / direct >= part,
});

/** The same with the real CLI at the end of the way: a hot process each. */
async function throughCli(ways: [Way, Way], rounds: number) {
  const open = await Promise.all(
    ways.map(async ({ url, token }) => {
      const setting = cliSetting(url);
      const subject = await bareCli({ ...setting, env: { ...setting.env, ANTHROPIC_API_KEY: token } });
      return { setting, subject, url };
    }),
  );
  const of = ({ url }: Way) => open.find((one) => one.url === url)!.subject;
  const firstDelta = async (way: Way) => {
    const began = performance.now();
    let seen = 0;
    await of(way).prompt('[[say x]]', (message: CliMessage) => {
      if (message.type === 'stream_event' && message.event.delta?.text) seen ||= performance.now();
    });
    return seen - began;
  };
  try {
    await inTurns(ways, 5, firstDelta);
    const first = await inTurns(ways, 20 * rounds, firstDelta);
    const rate = await inTurns(ways, rounds, async (way) => {
      const began = performance.now();
      await of(way).prompt('[[big bytes=20000000 chunk=4000]]', () => undefined);
      return 20_000 / (performance.now() - began);
    });
    return { first, rate };
  } finally {
    for (const { setting, subject } of open) {
      await subject.stop();
      setting.remove();
    }
  }
}
