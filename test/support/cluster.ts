import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type StewardClient } from '@steward/client';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { RedisProcess } from './redis.process.js';
import { RESUME_TURNS } from './resume-texts.js';
import { ServerProcess } from './server.process.js';

/** Short, so that a test need not wait for what a production system leaves time for. */
const SHORT = {
  STEWARD_SESSION_LEASE_MS: '4000',
  STEWARD_RENEW_DEADLINE_MS: '2500',
  STEWARD_RECONCILE_MS: '500',
  STEWARD_RETRY_BASE_MS: '200',
  STEWARD_RUN_ATTEMPTS: '3',
  // Tests kill workers on purpose; those of poisoned runs say how many may die.
  STEWARD_RUN_WORKER_DEATHS: '10',
};

/** One api and any number of workers at one Redis and one data folder. */
export class Cluster implements AsyncDisposable {
  readonly workers: ServerProcess[] = [];

  private constructor(
    readonly model: MessagesApi,
    readonly redis: RedisProcess,
    readonly dataDir: string,
    public front: ServerProcess,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(workers: number, env: Readonly<Record<string, string>> = {}, durable = false): Promise<Cluster> {
    const model = await startMessagesApi({ hostTexts: RESUME_TURNS });
    const redis = await RedisProcess.start({ durable });
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-cluster-'));
    const all = { ...SHORT, ...env, REDIS_URL: redis.url };
    const front = await ServerProcess.start({
      modelUrl: model.url,
      dataDir,
      env: { ...all, STEWARD_ROLE: 'api' },
    });
    const cluster = new Cluster(model, redis, dataDir, front, all);
    for (let n = 0; n < workers; n += 1) await cluster.addWorker();
    return cluster;
  }

  get client(): StewardClient {
    return this.front.client();
  }

  /** The api is killed, and another one takes its place. */
  async restartFront(): Promise<void> {
    await this.front.stop('SIGKILL');
    await this.front[Symbol.asyncDispose]();
    const env = { ...this.env, STEWARD_ROLE: 'api' };
    this.front = await ServerProcess.start({ modelUrl: this.model.url, dataDir: this.dataDir, env });
  }

  async addWorker(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const worker = await ServerProcess.start({
      modelUrl: this.model.url,
      dataDir: this.dataDir,
      env: { ...this.env, STEWARD_ROLE: 'worker', ...env },
    });
    this.workers.push(worker);
    return worker;
  }

  /** The worker that carries a run. */
  async carrying(): Promise<ServerProcess> {
    for (;;) {
      const answer = await fetch(`${this.front.url}/api/v1/claude/admin/queue`);
      const { workers } = (await answer.json()) as { workers: { pid: number; running: number }[] };
      const busy = workers.filter(({ running }) => running > 0).map(({ pid }) => pid);
      const found = this.workers.find((worker) => !worker.isGone && busy.includes(worker.pid));
      if (found) return found;
      await delay(50);
    }
  }

  /** Lines of a file in a session's workspace; none while there is no file. */
  lines(sessionId: string, name: string): string[] {
    try {
      const path = join(this.dataDir, 'sessions', sessionId, 'workspace', name);
      return readFileSync(path, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker[Symbol.asyncDispose]()));
    await this.front[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    await this.model.close();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
