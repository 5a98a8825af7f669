import { resolve } from 'node:path';
import { type StewardClient } from '@steward/client';
import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import { startMessagesApi } from '../messages-api/index.js';
import { RedisProcess } from '../support/redis.process.js';
import { ServerProcess } from '../support/server.process.js';
import { openSocket } from './readers.js';
import { type BenchSocket, type Frame } from './readers.js';
import { type Measure, median } from './statistics.js';

const CONCURRENCY = 8;
const IDLE_PER_ROUND = 20;
const LOAD = 400;
/** The last one is over before the next is measured. */
const CALM_MS = 20;

const calm = (): Promise<void> => new Promise((done) => setTimeout(done, CALM_MS));

/** A bare BullMQ queue with a worker that does nothing, at the same Redis. */
class BareQueue implements AsyncDisposable {
  private readonly began = new Map<string, () => void>();
  private readonly queue: Queue;
  private readonly worker: Worker;

  constructor(connection: ConnectionOptions) {
    const prefix = 'bench';
    this.queue = new Queue('bare', {
      connection,
      prefix,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    const take = ({ id = '' }: { id?: string }): Promise<void> => {
      this.began.get(id)?.();
      this.began.delete(id);
      return Promise.resolve();
    };
    this.worker = new Worker('bare', take, { connection, prefix, concurrency: CONCURRENCY });
  }

  ready(): Promise<unknown> {
    return this.worker.waitUntilReady();
  }

  /** @returns ms from the question to the begin of the job */
  async start(): Promise<number> {
    const id = crypto.randomUUID();
    const asked = performance.now();
    const began = new Promise<number>((done) => this.began.set(id, () => done(performance.now() - asked)));
    await this.queue.add('job', {}, { jobId: id });
    return began;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.close();
    await this.queue.close();
  }
}

/** @returns ms from the question until the client hears that the run has started; resolves when it has ended */
function start(socket: BenchSocket, sessionId: string): Promise<number> {
  return new Promise((done) => {
    const asked = performance.now();
    let startedMs = Number.NaN;
    const take = ({ type }: Frame) => {
      if (type === 'run.started') startedMs = performance.now() - asked;
    };
    socket.on('claude:progress', take);
    socket.once('claude:complete', () => {
      socket.off('claude:progress', take);
      done(startedMs);
    });
    void socket.emitWithAck('claude:execute', { prompt: 'x', sessionId });
  });
}

/** Runs by this many at once, each lane in a session of its own. @returns how many a second */
async function perSecond(lanes: readonly (() => Promise<unknown>)[]): Promise<number> {
  let left = LOAD;
  const asked = performance.now();
  await Promise.all(
    lanes.map(async (once) => {
      while (left > 0) {
        left -= 1;
        await once();
      }
    }),
  );
  return (LOAD / (performance.now() - asked)) * 1000;
}

/** What the queue costs: from acceptance to start, and runs a second, with a CLI that does nothing. */
export async function queueBench(rounds: number): Promise<Measure[]> {
  const api = await startMessagesApi({ journalBodies: 0 });
  await using redis = await RedisProcess.start();
  await using server = await ServerProcess.start({
    spares: true,
    modelUrl: api.url,
    env: {
      REDIS_URL: redis.url,
      CLAUDE_CLI_PATH: resolve('test/fixtures/trivial_cli.py'),
      STEWARD_SPARE_PROCESSES: '0',
      STEWARD_HOT_PROCESSES: String(2 * CONCURRENCY),
      STEWARD_PROCESS_MAX_RUNS: '100000',
      STEWARD_WORKER_CONCURRENCY: String(CONCURRENCY),
    },
  });
  try {
    const { hostname, port, password } = new URL(redis.url);
    await using bare = new BareQueue({ host: hostname, port: Number(port), password });
    await bare.ready();
    const client = server.client();
    const sessions = await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => (await client.execute({ prompt: 'x' })).sessionId),
    );
    const socket = await openSocket(server.url);
    const found = { bareMs: [] as number[], runMs: [] as number[], bareRate: [] as number[], runRate: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      for (let n = 0; n < IDLE_PER_ROUND; n += 1) {
        found.bareMs.push(await bare.start());
        await calm();
        found.runMs.push(await start(socket, sessions[0]!));
        await calm();
      }
      found.bareRate.push(await perSecond(sessions.map(() => () => bare.start())));
      found.runRate.push(await perSecond(sessions.map((id) => () => runOnce(client, id))));
    }
    socket.disconnect();
    const row = (what: string, theirs: number[], ours: number[], unit: string): Measure => ({
      what,
      bare: median(theirs),
      steward: median(ours),
      unit,
      bar: null,
    });
    return [
      row('idle queue: enqueue → start (bare: a BullMQ job)', found.bareMs, found.runMs, 'ms'),
      row(`${CONCURRENCY} at once, trivial CLI (bare: a BullMQ job)`, found.bareRate, found.runRate, '1/s'),
    ];
  } finally {
    await api.close();
  }
}

const runOnce = async (client: StewardClient, sessionId: string): Promise<void> => {
  const { state, error } = await client.execute({ prompt: 'x', sessionId });
  if (state !== 'completed') throw new Error(`a run ended as ${state}: ${error?.code}`);
};
