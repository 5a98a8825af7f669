import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StewardClient } from '@steward/client';
import { Redis } from 'ioredis';
import { processesWithMark } from '../support/processes.js';
import { RedisProcess } from '../support/redis.process.js';
import { ServerProcess } from '../support/server.process.js';

export const VICTIMS = ['worker', 'api', 'redis'] as const;
export type Victim = (typeof VICTIMS)[number];

/** Keys of sessions and of spares; that a worker lives is none. */
const OF_SESSIONS =
  /^steward:(session(-lease|-queue|-delayed|-bytes|s)?|sessions-by-use|agents|spares?|sandbox:uids|clean-up:lock)(:|$)/;
/** Runs are tried as often as a server of its own would: a lease that is lost with its Redis is no fault of the session. */
const TIMES = {
  STEWARD_SESSION_LEASE_MS: '3000',
  STEWARD_RENEW_DEADLINE_MS: '1500',
  STEWARD_HOT_IDLE_MS: '1500',
  STEWARD_RECONCILE_MS: '500',
  STEWARD_CLEAN_UP_MS: '1000',
  STEWARD_RUN_ATTEMPTS: '3',
  STEWARD_RUN_WORKER_DEATHS: '10',
  STEWARD_RETRY_BASE_MS: '200',
};

/** Files of the template, so many that a kill may come while it is copied. */
const TEMPLATE_FILES = 300;
/** What `begin.txt` of the template `begin` says. */
export const BEGUN = 'begun-by-a-template';

/** What both servers have. */
interface Place {
  readonly modelUrl: string;
  readonly dataDir: string;
  readonly template: string;
  readonly redis: RedisProcess;
}

const startServer = (
  role: string,
  { modelUrl, dataDir, template, redis }: Place,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> =>
  ServerProcess.start({
    modelUrl,
    dataDir,
    spares: true,
    env: {
      ...TIMES,
      REDIS_URL: redis.url,
      STEWARD_ROLE: role,
      STEWARD_WORKSPACE_TEMPLATES: `begin=${template}`,
      ...env,
    },
  });

/** Redis, an api and a worker with one data folder, each of which can be killed and comes back. */
export class Deployment implements AsyncDisposable {
  private constructor(
    private readonly place: Place,
    private api: ServerProcess,
    private worker: ServerProcess,
  ) {}

  static async start(modelUrl: string): Promise<Deployment> {
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-crash-'));
    const redis = await RedisProcess.start({ durable: true });
    const template = mkdtempSync(join(tmpdir(), 'steward-crash-template-'));
    writeFileSync(join(template, 'begin.txt'), BEGUN);
    for (let n = 0; n < TEMPLATE_FILES; n += 1) writeFileSync(join(template, `file-${n}`), Buffer.alloc(10_000, n));
    const place: Place = { modelUrl, dataDir, template, redis };
    return new Deployment(place, await startServer('api', place), await startServer('worker', place));
  }

  get client(): StewardClient {
    return this.api.client();
  }

  async kill(victim: Victim): Promise<void> {
    if (victim === 'redis') return this.place.redis.restart();
    await this[victim].stop('SIGKILL');
    this[victim] = await startServer(victim, this.place);
  }

  /** Ends the worker in order; another takes its place that keeps nothing warm. */
  async cool(): Promise<void> {
    await this.worker.stop();
    this.worker = await startServer('worker', this.place, { STEWARD_HOT_PROCESSES: '0', STEWARD_SPARE_PROCESSES: '0' });
  }

  /** What there is of sessions: folders, keys in Redis, processes. */
  async leftovers(): Promise<string[]> {
    const client = new Redis(this.place.redis.url);
    const keys = await client.keys('steward:*');
    client.disconnect();
    const ofSessions = keys.filter((key) => OF_SESSIONS.test(key));
    const pids = await processesWithMark(`${this.place.dataDir}#`);
    const folders = readdirSync(join(this.place.dataDir, 'sessions')).map((name) => `folder ${name}`);
    return [...folders, ...ofSessions, ...pids.map((pid) => `process ${pid}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.api.stop(), this.worker.stop()]);
    await this.place.redis[Symbol.asyncDispose]();
    rmSync(this.place.template, { recursive: true });
    rmSync(this.place.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
