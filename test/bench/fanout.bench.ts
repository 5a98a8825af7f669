import { startMessagesApi } from '../messages-api/index.js';
import { ServerProcess } from '../support/server.process.js';
import { type BenchSocket, followOn, openSocket } from './readers.js';
import { nowMs, startStampApi } from './stamp-api.js';
import { type Measure, quantile } from './statistics.js';

const READERS = 1000;
const FULL_RATE_DELTAS = 500;

interface Usage {
  readonly cpuSeconds: number;
  readonly memoryMib: number;
}

async function usageOf(server: ServerProcess): Promise<Usage> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    cpuSeconds: value('process_cpu_seconds_total'),
    memoryMib: value('process_resident_memory_bytes') / 1024 ** 2,
  };
}

/** One run to a thousand sockets: every one gets every event in its order. */
export async function fanoutBench(): Promise<Measure[]> {
  const measures: Measure[] = [];
  const row = (what: string, steward: number, unit: string, bar: Measure['bar'] = null) =>
    measures.push({ what, bare: Number.NaN, steward, unit, bar });

  // At a pace that a model has, what a reader sees is how old its newest delta is.
  const stamps = await startStampApi(100, 100);
  {
    await using server = await ServerProcess.start({ spares: true, modelUrl: stamps.url });
    const before = await usageOf(server);
    const sockets = await connect(server.url);
    const ages: number[] = [];
    const { whole } = await followAll(server, sockets, 'measure', (text) => {
      ages.push(nowMs() - Number(text.trim().split(' ')[0]));
    });
    const after = await usageOf(server);
    row('1,000 readers, 10 deltas/s: lag p50', quantile(ages, 0.5), 'ms');
    row('1,000 readers, 10 deltas/s: lag p99', quantile(ages, 0.99), 'ms');
    row('memory of the server for 1,000 readers', after.memoryMib - before.memoryMib, 'MiB');
    row('readers that got every event in order', whole, `of ${READERS}`, { text: 'all', holds: whole === READERS });
    for (const socket of sockets) socket.disconnect();
  }
  await stamps.close();

  const api = await startMessagesApi({ journalBodies: 0 });
  {
    await using server = await ServerProcess.start({ spares: true, modelUrl: api.url });
    const sockets = await connect(server.url);
    const before = await usageOf(server);
    const began = performance.now();
    let deliveries = 0;
    const { whole, events } = await followAll(
      server,
      sockets,
      `[[text n=${FULL_RATE_DELTAS}]]`,
      () => (deliveries += 1),
    );
    const seconds = (performance.now() - began) / 1000;
    const after = await usageOf(server);
    const cpu = after.cpuSeconds - before.cpuSeconds;
    row('full rate: events delivered', (events * READERS) / seconds, 'per s');
    row('full rate: events delivered for a second of CPU', (events * READERS) / cpu, 'per core s');
    row('full rate: frames for an event', deliveries / (FULL_RATE_DELTAS * READERS), 'merged');
    row('full rate: memory more', after.memoryMib - before.memoryMib, 'MiB');
    row('readers that got every event in order', whole, `of ${READERS}`, { text: 'all', holds: whole === READERS });
    for (const socket of sockets) socket.disconnect();
  }
  await api.close();
  return measures;
}

async function connect(url: string): Promise<BenchSocket[]> {
  const sockets: BenchSocket[] = [];
  while (sockets.length < READERS)
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openSocket(url)))));
  return sockets;
}

async function followAll(
  server: ServerProcess,
  sockets: readonly BenchSocket[],
  prompt: string,
  onText: (text: string) => void,
): Promise<{ readonly whole: number; readonly events: number }> {
  const { id } = await server.client().submit({ prompt });
  const ends = await Promise.all(
    sockets.map(async (socket) => {
      let [position, holes] = [0, 0];
      await followOn(socket, id, ({ fromSeq, seq, type, data }) => {
        if (fromSeq !== position + 1) holes += 1;
        position = seq;
        if (type === 'text.delta') onText(String(data['text']));
      });
      return { position, holes };
    }),
  );
  const { lastSeq } = await server.client().run(id);
  return { whole: ends.filter(({ position, holes }) => holes === 0 && position === lastSeq).length, events: lastSeq };
}
