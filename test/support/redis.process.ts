import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisBinary } from '@steward/redis';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

/** A Redis as operators give it to several servers: on a port, with a password. */
export class RedisProcess implements AsyncDisposable {
  private constructor(
    private child: ChildProcess,
    private readonly spawnAgain: () => Promise<ChildProcess>,
    private readonly dir: string,
    readonly url: string,
  ) {}

  /** @param durable every write is on the disk before it is answered, so that a kill loses nothing */
  static async start({ durable = false } = {}): Promise<RedisProcess> {
    const binary = await findRedisBinary(process.env['PATH'] ?? '', '.cache');
    const dir = mkdtempSync(join(tmpdir(), 'steward-redis-'));
    const port = await freePort();
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', 'pass', '--dir', dir, '--save', ''];
    if (durable) words.push('--appendonly', 'yes', '--appendfsync', 'always');
    const url = `redis://:pass@127.0.0.1:${port}`;
    const launch = async () => {
      const child = spawn(binary.path, words, { env: { ...process.env, ...binary.env }, stdio: 'ignore' });
      const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
      probe.on('error', () => undefined);
      await probe.ping();
      probe.disconnect();
      return child;
    };
    return new RedisProcess(await launch(), launch, dir, url);
  }

  /** Kills it and starts it again on what it had written. */
  async restart(): Promise<void> {
    await this.kill();
    await this.startAgain();
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** After `kill`: on the same port, with what was written. */
  async startAgain(): Promise<void> {
    this.child = await this.spawnAgain();
  }

  /** SIGSTOP: it is there and does not answer; SIGCONT: it answers again. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this;
    // A test that failed may have left it stopped, or dead.
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await gone;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
