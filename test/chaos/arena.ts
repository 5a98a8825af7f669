import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StewardClient, type Transport } from '@steward/client';
import { Redis } from 'ioredis';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { freePort } from '../support/free-port.js';
import { RedisProcess } from '../support/redis.process.js';
import { RESUME_TURNS } from '../support/resume-texts.js';
import { ServerProcess } from '../support/server.process.js';
import { type ChaosOptions } from './chaos.options.js';
import { Member } from './member.js';

/** Bytes on disk that a session may have. */
export const QUOTA_BYTES = 64 * 1024 ** 2;

/** Short times, so that what production waits for in minutes happens in seconds; and attempts enough for every fault. */
const SETTINGS = {
  STEWARD_SESSION_LEASE_MS: '6000',
  STEWARD_RENEW_DEADLINE_MS: '3000',
  STEWARD_RUN_ATTEMPTS: '100',
  STEWARD_RUN_MAX_ATTEMPTS: '100',
  // What one run or session meets here in minutes is a whole life of bad luck, and not its own fault.
  STEWARD_RUN_WORKER_DEATHS: '100',
  STEWARD_SESSION_MAX_CRASHES: '0',
  STEWARD_RETRY_BASE_MS: '200',
  STEWARD_RETRY_MAX_MS: '1000',
  STEWARD_API_MAX_RETRIES: '1',
  STEWARD_APPROVAL_HOLD_MS: '1500',
  STEWARD_WORKER_CONCURRENCY: '4',
  STEWARD_HOT_PROCESSES: '2',
  STEWARD_SPARE_PROCESSES: '1',
  STEWARD_HEARTBEAT_MS: '2000',
  STEWARD_SOCKET_PING_MS: '2000',
  STEWARD_MAX_WORKSPACE_BYTES: String(QUOTA_BYTES),
  STEWARD_SHUTDOWN_GRACE_MS: '5000',
};
/** Through as much as can go wrong at once. */
const CLIENT = { retry: { attempts: 100, firstDelayMs: 50, maxDelayMs: 500 }, timeoutMs: 10_000, silenceMs: 6000 };

/** Redis that writes before it answers, several apis and workers, one data folder, one scripted Messages API. */
export class Arena implements AsyncDisposable {
  /** When Redis was away, in milliseconds since 1970. */
  readonly outages: { readonly from: number; to: number }[] = [];

  private constructor(
    readonly model: MessagesApi,
    readonly redis: RedisProcess,
    /** To look into the servers' Redis; it waits while that is away. */
    readonly keys: Redis,
    readonly dataDir: string,
    readonly apis: readonly Member[],
    readonly workers: readonly Member[],
    private readonly urls: readonly string[],
  ) {}

  static async start({ apis, workers }: ChaosOptions): Promise<Arena> {
    const model = await startMessagesApi({ hostTexts: RESUME_TURNS, journalLimit: 100_000 });
    const redis = await RedisProcess.start({ durable: true });
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-chaos-'));
    const launch = (role: string, port: number) => () =>
      ServerProcess.start({
        modelUrl: model.url,
        dataDir,
        env: { ...SETTINGS, REDIS_URL: redis.url, STEWARD_ROLE: role, PORT: String(port) },
      });
    const ports: number[] = [];
    for (let n = 0; n < apis; n += 1) ports.push(await freePort());
    const fronts = await Promise.all(ports.map((port, n) => Member.start(`api ${n + 1}`, launch('api', port))));
    const behind = await Promise.all(
      Array.from({ length: workers }, (_, n) => Member.start(`worker ${n + 1}`, launch('worker', 0))),
    );
    const keys = new Redis(redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    keys.on('error', () => undefined);
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    return new Arena(model, redis, keys, dataDir, fronts, behind, urls);
  }

  /** One that knows all apis, as a caller of such a service would. @param first the api that it asks first */
  client(first = 0, transport: Transport = 'sse'): StewardClient {
    const urls = this.urls.map((_, n) => this.urls[(n + first) % this.urls.length]!);
    return new StewardClient({ ...CLIENT, urls, transport });
  }

  /** Address of an api, once all are back. */
  get url(): string {
    return this.urls[0]!;
  }

  /** Redis dies, and comes back on what it had written; or it does not answer for a while. @returns false: it is away already */
  async outage(how: 'SIGKILL' | 'SIGSTOP', forMs: number): Promise<boolean> {
    if (this.outages.at(-1)?.to === Infinity) return false;
    const outage = { from: Date.now(), to: Infinity };
    this.outages.push(outage);
    if (how === 'SIGKILL') await this.redis.kill();
    else this.redis.signal('SIGSTOP');
    await delay(forMs);
    if (how === 'SIGKILL') await this.redis.startAgain();
    else this.redis.signal('SIGCONT');
    outage.to = Date.now();
    return true;
  }

  /** The folder of a session's files; null when there is no such session. */
  async workspaceOf(sessionId: string): Promise<string | null> {
    const [createdAt, folder] = await this.keys.hmget(`steward:session:${sessionId}`, 'createdAt', 'folder');
    return createdAt ? join(this.dataDir, 'sessions', folder ?? sessionId, 'workspace') : null;
  }

  /** In order. @returns what did not end with 0 */
  async stop(): Promise<string[]> {
    const members = [...this.workers, ...this.apis];
    const codes = await Promise.all(members.map(async (member) => ({ name: member.name, code: await member.stop() })));
    return codes.filter(({ code }) => code !== 0).map(({ name, code }) => `${name} ended with ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.keys.disconnect();
    await this.redis[Symbol.asyncDispose]();
    await this.model.close();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
