import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProjectFile } from '@steward/host';
import { Redis } from 'ioredis';
import { findRedisBinary, type RedisBinary } from './redis-binary.js';
import { type RedisOptions, RedisUnavailableError } from './redis.options.js';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const RESTART_DELAY_MS = 100;
/** A server that was killed a moment ago leaves a Redis that is still writing its last bytes. */
const LOCK_WAIT_SECONDS = 10;
const LOCK_HELD = 75;

/**
 * A Redis of this server alone: on a unix socket in a private folder, append-only, ended with the server. When it dies
 * by itself it is started again on the same data, socket and password, so that its clients only have to reconnect.
 */
export class EmbeddedRedis {
  private child: ChildProcess;
  private stopping = false;
  private restart: NodeJS.Timeout | undefined;

  private constructor(
    private readonly spawnAgain: () => ChildProcess,
    readonly socketPath: string,
    readonly password: string,
  ) {
    this.child = spawnAgain();
  }

  static async start(options: RedisOptions): Promise<EmbeddedRedis> {
    const binary = await findRedisBinary(options.searchPath, options.cacheDir, options.aptProgram);
    const folder = join(options.dataDir, 'redis');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const password = randomBytes(24).toString('hex');
    const socketPath = join(socketFolder(folder), 'redis.sock');
    writeFileSync(join(folder, 'redis.conf'), configText(folder, socketPath, password), { mode: 0o600 });
    const embedded = new EmbeddedRedis(() => launch(options, binary, folder), socketPath, password);
    try {
      await embedded.untilReady(folder);
    } catch (cause) {
      await embedded.stop();
      throw cause;
    }
    embedded.watch();
    return embedded;
  }

  /** Ends it with SIGTERM, which writes out the append-only file, and waits until it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }

  /** Whoever killed it, out of memory or by hand: the runs that it holds need it back. */
  private watch(): void {
    this.child.once('exit', () => {
      if (this.stopping) return;
      this.restart = setTimeout(() => {
        this.child = this.spawnAgain();
        this.child.once('error', () => undefined);
        this.watch();
      }, RESTART_DELAY_MS);
    });
  }

  private async untilReady(folder: string): Promise<void> {
    let failure: Error | undefined;
    this.child.once('error', (error) => (failure = error));
    this.child.once('exit', (code) => {
      failure =
        code === LOCK_HELD
          ? new RedisUnavailableError(
              `The data folder ${folder} is in use by another server; set STEWARD_DATA_DIR to another one.`,
            )
          : new RedisUnavailableError(
              `The private Redis ended at once (exit ${code}); ${join(folder, 'redis.log')} says why.`,
            );
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (failure) throw failure;
      if (await this.answers()) return;
      await delay(10);
    }
    throw new RedisUnavailableError(`The private Redis was not ready within ${START_TIMEOUT_MS} ms.`);
  }

  private async answers(): Promise<boolean> {
    const probe = new Redis({
      path: this.socketPath,
      password: this.password,
      lazyConnect: true,
      retryStrategy: () => null,
    });
    probe.on('error', () => undefined);
    try {
      await probe.connect();
      return (await probe.ping()) === 'PONG';
    } catch {
      return false;
    } finally {
      probe.disconnect();
    }
  }
}

function launch(options: RedisOptions, binary: RedisBinary, folder: string): ChildProcess {
  const log = openSync(join(folder, 'redis.log'), 'a', 0o600);
  const words = [
    findProjectFile(fileURLToPath(import.meta.url), 'scripts/exclusive_child.py'),
    join(folder, 'lock'),
    String(LOCK_WAIT_SECONDS),
    String(process.pid),
    '--',
    binary.path,
    join(folder, 'redis.conf'),
  ];
  const env = { PATH: options.searchPath, LC_ALL: 'C', ...binary.env };
  const child = spawn(options.pythonPath, words, { env, stdio: ['ignore', log, log], cwd: folder });
  closeSync(log);
  return child;
}

/** A unix socket's path has at most 107 bytes; below a deep data folder the socket moves to a private folder of its own. */
function socketFolder(folder: string): string {
  return Buffer.byteLength(folder) < 90 ? folder : mkdtempSync(join(tmpdir(), 'steward-redis-'));
}

/** `everysec` loses at most the last second when the machine dies, and nothing when only the process does. */
function configText(folder: string, socketPath: string, password: string): string {
  return [
    'port 0',
    `unixsocket "${socketPath}"`,
    'unixsocketperm 700',
    `requirepass ${password}`,
    `dir "${folder}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    '',
  ].join('\n');
}
