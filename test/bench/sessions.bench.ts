import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { ServerProcess } from '../support/server.process.js';
import { agentCounts } from '../support/warm.js';
import { cliSetting, type CliSetting } from './cli-under-test.js';
import { firstOverSocket, firstOverSse, type FirstDelta } from './first-delta.js';
import { openSocket } from './readers.js';
import { mixBench } from './sessions.mix.js';
import { type Measure, median } from './statistics.js';
import { bareCli, type Subject } from './subjects.js';

const PROMPT = '[[say hello]]';
/** A run, its process and the start of the next spare are over before the next measurement. */
const CALM_MS = 400;
const HOT_PER_ROUND = 8;
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

function row(what: string, bare: readonly number[], steward: readonly number[], more: number): Measure {
  const [theirs, ours] = [median(bare), median(steward)];
  const bar = { text: `≤ ${more} ms more`, holds: ours - theirs <= more };
  return { what, bare: theirs, steward: ours, unit: 'ms', bar };
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
  const ways: Record<'sse' | 'socket', FirstDelta> = {
    sse: firstOverSse(server.client()),
    socket: firstOverSocket(socket),
  };
  // A session for each way: their conversations grow as that of the bare CLI does.
  const sessions = {
    sse: (await server.client().execute({ prompt: PROMPT })).sessionId,
    socket: (await server.client().execute({ prompt: PROMPT })).sessionId,
  };
  await bareFirst(bare);
  const found: Record<'bare' | 'sse' | 'socket', number[]> = { bare: [], sse: [], socket: [] };
  for (let turn = 0; turn < rounds * HOT_PER_ROUND; turn += 1) {
    found.bare.push(await bareFirst(bare));
    await calm();
    for (const way of ['sse', 'socket'] as const) {
      found[way].push((await ways[way]({ prompt: PROMPT, sessionId: sessions[way] })).firstMs);
      await calm();
    }
  }
  socket.disconnect();
  await bare.stop();
  setting.remove();
  return [
    row('hot session: prompt → first delta, SSE', found.bare, found.sse, 5),
    row('the same, Socket.IO', found.bare, found.socket, 5),
  ];
}

async function spare(api: MessagesApi, rounds: number): Promise<Measure[]> {
  await using server = await ServerProcess.start({
    spares: true,
    modelUrl: api.url,
    env: { STEWARD_HOT_PROCESSES: '0' },
  });
  const first = firstOverSse(server.client());
  const found: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds * 2; round += 1) {
    while ((await agentCounts(server)).spare < 1) await calm();
    await calm();
    found[1].push((await first({ prompt: PROMPT })).firstMs);
    while ((await agentCounts(server)).spare < 1) await calm();
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
  const first = firstOverSse(server.client());
  const { sessionId } = await server.client().execute({ prompt: PROMPT });
  const made = cliSetting(api.url);
  await bareStart(made);
  const resuming: CliSetting = {
    ...made,
    args: made.args.map((word) => (word === '--session-id' ? '--resume' : word)),
  };
  const found: Record<'new' | 'resumed', [number[], number[]]> = { new: [[], []], resumed: [[], []] };
  for (let round = 0; round < rounds * 2; round += 1) {
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
