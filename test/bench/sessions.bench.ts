import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { ServerProcess } from '../support/server.process.js';
import { agentCounts } from '../support/warm.js';
import { cliSetting, type CliSetting } from './cli-under-test.js';
import { firstOfTwo, firstOverHttp, firstOverSocket, firstOverSse, type FirstDelta } from './first-delta.js';
import { openSocket } from './readers.js';
import { mixBench } from './sessions.mix.js';
import { type Measure, median, spread } from './statistics.js';
import { bareCli, type Subject } from './subjects.js';

const PROMPT = '[[say hello]]';
/** A run, its process and the start of the next spare are over before the next measurement. */
const CALM_MS = 400;
const HOT_PER_ROUND = 20;
const SPARE_PER_ROUND = 10;
/** A start of the CLI takes 500 to 900 ms of the same work, by chance: a few do not tell what Steward adds. */
const COLD_PER_ROUND = 30;
/** Runs of each way before the first that counts, the CLI's own included: what was called a few times only is not compiled yet, here and there. */
const WARM_RUNS = 100;
const WARM_STARTS = 5;
const COLD = { STEWARD_HOT_PROCESSES: '0', STEWARD_SPARE_PROCESSES: '0' };

const calm = (): Promise<void> => new Promise((done) => setTimeout(done, CALM_MS));

async function bareFirst(subject: Subject): Promise<number> {
  const began = performance.now();
  let first = 0;
  await subject.prompt(PROMPT, (message) => {
    if (message.type === 'stream_event' && message.event.delta?.text) first ||= performance.now();
  });
  return first - began;
}

/** From spawn to the first delta. */
async function bareStart(setting: CliSetting): Promise<number> {
  const began = performance.now();
  const subject = await bareCli(setting);
  const readyMs = performance.now() - began;
  const first = await bareFirst(subject);
  await subject.stop();
  return readyMs + first;
}

/** @param more the bar: so many milliseconds; null for a figure without one */
function row(what: string, bare: readonly number[], steward: readonly number[], more: number | null): Measure {
  const [theirs, ours] = [median(bare), median(steward)];
  const bar = more === null ? null : { text: `≤ ${more} ms more`, holds: ours - theirs <= more };
  return { what, bare: theirs, steward: ours, unit: 'ms', spread: spread(bare, steward), bar };
}

/** Prompt → first delta at the client, for each way that a run can get its process. */
export async function sessionsBench(rounds: number): Promise<Measure[]> {
  const api = await startMessagesApi({ journalBodies: 0 });
  try {
    return [
      ...(await hot(api, rounds)),
      ...(await spare(api, rounds)),
      ...(await cold(api, rounds)),
      ...(await mixBench(api)),
    ];
  } finally {
    await api.close();
  }
}

async function hot(api: MessagesApi, rounds: number): Promise<Measure[]> {
  await using server = await ServerProcess.start({
    spares: true,
    modelUrl: api.url,
    env: { STEWARD_SPARE_PROCESSES: '0' },
  });
  const setting = cliSetting(api.url);
  const bare = await bareCli(setting);
  const socket = await openSocket(server.url);
  const ways: readonly FirstDelta[] = [
    firstOverHttp(server.url),
    firstOverSocket(socket),
    firstOfTwo(server.url),
    firstOverSse(server.client()),
  ];
  // A session for each way: their conversations grow as that of the bare CLI does.
  const lines: { readonly run: () => Promise<number>; readonly found: number[] }[] = [];
  lines.push({ run: () => bareFirst(bare), found: [] });
  for (const way of ways) {
    const { sessionId } = await server.client().execute({ prompt: PROMPT });
    lines.push({ run: async () => (await way({ prompt: PROMPT, sessionId })).firstMs, found: [] });
  }
  for (let turn = 0; turn < WARM_RUNS; turn += 1) for (const { run } of lines) await run();
  for (let turn = 0; turn < rounds * HOT_PER_ROUND; turn += 1) {
    for (const { run, found } of lines) {
      await calm();
      found.push(await run());
    }
  }
  socket.disconnect();
  await bare.stop();
  setting.remove();
  const [byHand, sse, io, two, client] = lines.map(({ found }) => found) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  return [
    row('hot session: prompt → first delta, SSE', byHand, sse, 5),
    row('the same, Socket.IO', byHand, io, 5),
    row('the same, SSE by a second request', byHand, two, null),
    row('the same, @steward/client', byHand, client, null),
  ];
}

async function spare(api: MessagesApi, rounds: number): Promise<Measure[]> {
  await using server = await ServerProcess.start({
    spares: true,
    modelUrl: api.url,
    env: { STEWARD_HOT_PROCESSES: '0' },
  });
  const first = firstOverHttp(server.url);
  const found: [number[], number[]] = [[], []];
  const ready = async () => {
    while ((await agentCounts(server)).spare < 1) await calm();
  };
  for (let round = 0; round < WARM_STARTS; round += 1) {
    await ready();
    await first({ prompt: PROMPT });
  }
  for (let round = 0; round < rounds * SPARE_PER_ROUND; round += 1) {
    await ready();
    await calm();
    found[1].push((await first({ prompt: PROMPT })).firstMs);
    await ready();
    const setting = cliSetting(api.url);
    const subject = await bareCli(setting);
    await calm();
    found[0].push(await bareFirst(subject));
    await subject.stop();
    setting.remove();
  }
  return [row('new session, spare process', found[0], found[1], 5)];
}

async function cold(api: MessagesApi, rounds: number): Promise<Measure[]> {
  await using server = await ServerProcess.start({ spares: true, modelUrl: api.url, env: COLD });
  const first = firstOverHttp(server.url);
  const { sessionId } = await server.client().execute({ prompt: PROMPT });
  for (let round = 0; round < WARM_STARTS; round += 1) await first({ prompt: PROMPT });
  const made = cliSetting(api.url);
  await bareStart(made);
  const resuming: CliSetting = {
    ...made,
    args: made.args.map((word) => (word === '--session-id' ? '--resume' : word)),
  };
  const found: Record<'new' | 'resumed', [number[], number[]]> = { new: [[], []], resumed: [[], []] };
  for (let round = 0; round < rounds * COLD_PER_ROUND; round += 1) {
    const setting = cliSetting(api.url);
    found.new[0].push(await bareStart(setting));
    setting.remove();
    await calm();
    found.new[1].push((await first({ prompt: PROMPT })).firstMs);
    await calm();
    found.resumed[0].push(await bareStart(resuming));
    await calm();
    found.resumed[1].push((await first({ prompt: PROMPT, sessionId })).firstMs);
    await calm();
  }
  made.remove();
  return [row('new session, no spare', ...found.new, 30), row('hibernated session', ...found.resumed, 30)];
}
