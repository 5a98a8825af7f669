import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { startMessagesApi } from '../messages-api/index.js';
import { RedisProcess } from '../support/redis.process.js';
import { ServerProcess } from '../support/server.process.js';
import { firstOverSse } from './first-delta.js';
import { type Measure, median, quantile } from './statistics.js';

const MOST_WITH_HISTORY = 300;
const AT_ONCE = 16;
const MOST_PROCESSES = 20;
const POOL = { STEWARD_HOT_PROCESSES: '10', STEWARD_SPARE_PROCESSES: '2', STEWARD_WORKER_CONCURRENCY: '6' };

/** Does all of it, so many at once. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

const rssBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

/** Many open sessions, few processes: what each costs, and how a sampled one answers. */
export async function scaleBench(rounds: number, count: number): Promise<Measure[]> {
  const api = await startMessagesApi({ journalBodies: 0 });
  const redis = await RedisProcess.start();
  const env = { ...POOL, REDIS_URL: redis.url, STEWARD_MAX_SESSIONS: String(2 * count) };
  const server = await ServerProcess.start({ spares: true, modelUrl: api.url, env });
  const store = new Redis(redis.url);
  const storeBytes = async () => Number(/^used_memory:(\d+)/m.exec(await store.info('memory'))?.[1] ?? 0);
  const client = server.client();
  let most = 0;
  const watch = setInterval(() => {
    client.health().then(
      ({ agentProcesses }) => (most = Math.max(most, agentProcesses)),
      () => undefined,
    );
  }, 250);
  try {
    const before = { server: rssBytes(server.pid), store: await storeBytes() };
    const ids: string[] = [];
    const began = performance.now();
    await each([...Array(count).keys()], AT_ONCE, async () => void ids.push((await client.createSession()).id));
    const madeMs = performance.now() - began;
    const after = { server: rssBytes(server.pid), store: await storeBytes() };
    const used = ids.slice(0, Math.min(count, MOST_WITH_HISTORY));
    await each(used, AT_ONCE, async (sessionId) => {
      const run = await client.execute({ prompt: 'remember [[say noted]]', sessionId });
      if (run.state !== 'completed') throw new Error(`a run ended with ${run.error?.code}`);
    });
    const first = firstOverSse(client);
    const times: number[] = [];
    // The first ones were used long ago: others have their processes.
    for (const sessionId of used.toReversed().slice(0, 4 * rounds)) {
      times.push((await first({ prompt: '[[say back]]', sessionId })).firstMs);
    }
    const closing = performance.now();
    await each(ids, AT_ONCE, async (id) => void (await client.closeSession(id)));
    const closedMs = performance.now() - closing;
    const left = (await client.sessions()).data.length;
    const row = (what: string, steward: number, unit: string, bar: Measure['bar'] = null): Measure => ({
      what: `${count} sessions: ${what}`,
      bare: Number.NaN,
      steward,
      unit,
      bar,
    });
    return [
      row('made', madeMs / 1000, 's'),
      row('server memory, each', (after.server - before.server) / count / 1024, 'KiB'),
      row('Redis memory, each', (after.store - before.store) / count / 1024, 'KiB'),
      row('agent processes, most', most, '', {
        text: `≤ ${MOST_PROCESSES}`,
        holds: most > 0 && most <= MOST_PROCESSES,
      }),
      row('first delta of a sampled one, median', median(times), 'ms'),
      row('the same, p95', quantile(times, 0.95), 'ms'),
      row('all closed', closedMs / 1000, 's', { text: 'none left', holds: left === 0 }),
    ];
  } finally {
    clearInterval(watch);
    store.disconnect();
    await server[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    await api.close();
  }
}
