import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StewardClient } from '@steward/client';
import { processesIn, processesOf, processesWithMark } from './processes.js';

const MAIN = resolve('dist/apps/server/src/main.js');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
/** Of a server that ends by itself, for what somebody does to it: first that has to happen. */
const END_TIMEOUT_MS = 90_000;

export interface ServerOptions {
  /** Address of the scripted Messages API. */
  readonly modelUrl: string;
  /** Another server's data folder, to go on with it. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Program and words that start it: those of the server follow. */
  readonly launcher?: readonly string[];
  /** Each process ends with its run: for who counts processes. */
  readonly cold?: boolean;
  /** Keeps a process for the next new session, as a server does by itself; for most tests it would be started for nothing. */
  readonly spares?: boolean;
}

/** What became of a server that did not start. */
export interface FailedStart {
  readonly code: number | null;
  readonly output: string;
}

/** The built server as a process of its own, with a data folder and a private Redis of its own. */
export class ServerProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
    readonly url: string,
    /** Everything it printed so far. */
    readonly output: () => string,
    private readonly ownsDataDir: boolean,
  ) {}

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    const child = spawnServer(dataDir, options);
    let text = '';
    const ready = new Promise<string>((done, fail) => {
      const hear = (chunk: Buffer) => {
        text += chunk.toString();
        const url = /^ {2}Health {2}(http:\/\/\S+?)\/health\//m.exec(text)?.[1];
        if (url) done(url);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${text}`)));
      setTimeout(() => fail(new Error(`the server was not ready in time:\n${text}`)), START_TIMEOUT_MS).unref();
    });
    try {
      return new ServerProcess(child, dataDir, await ready, () => text, options.dataDir === undefined);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** For a server that must refuse to start. */
  static async startFailing(env: Readonly<Record<string, string>>): Promise<FailedStart> {
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    const child = spawnServer(dataDir, { modelUrl: 'http://127.0.0.1:1', env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    return { code, output };
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Whether the process has ended, however. */
  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  client(key?: string): StewardClient {
    // A server that was killed is given up soon: most tests go on with another one.
    const retry = { attempts: 4, firstDelayMs: 50, maxDelayMs: 200 };
    return new StewardClient({ url: this.url, retry, ...(key === undefined ? {} : { key }) });
  }

  /** Agent processes of this server with everything below them, whoever their parent is by now, and their keepers. */
  async agentProcesses(): Promise<number[]> {
    return [...(await processesWithMark(this.dataDir)), ...(await processesOf(`--mark ${this.dataDir}#`))];
  }

  /** The private Redis and everything else that was started for this data folder, the server itself excepted. */
  async helpers(): Promise<number[]> {
    const found = [...(await processesOf(this.dataDir)), ...(await processesIn(this.dataDir))];
    return [...new Set(found)].filter((pid) => pid !== this.pid);
  }

  /** Pid of the private Redis. */
  async redisPid(): Promise<number> {
    const [pid] = await processesIn(join(this.dataDir, 'redis'));
    if (pid === undefined) throw new Error('the private Redis does not run');
    return pid;
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    return this.untilGone(gone, STOP_TIMEOUT_MS);
  }

  /** Waits for a server that was told to end. @returns the exit code */
  async ended(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    return this.untilGone(once(this.child, 'exit'), END_TIMEOUT_MS);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private async untilGone(gone: Promise<unknown[]>, mostMs: number): Promise<number | null> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), mostMs);
    const [code] = (await gone) as [number | null];
    clearTimeout(timer);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.ownsDataDir) rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `npm run compat` names another CLI than the pinned one; who shares a host with other servers, user ids of their own. */
const GIVEN = ['CLAUDE_CLI_PATH', 'STEWARD_SANDBOX_FIRST_UID'] as const;
const given = (): Record<string, string> =>
  Object.fromEntries(GIVEN.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));

function spawnServer(dataDir: string, { modelUrl, env, cold, spares, launcher = [] }: ServerOptions) {
  const [program, ...words] = [...launcher, process.execPath, MAIN];
  return spawn(program, words, {
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dataDir,
      PORT: '0',
      STEWARD_DATA_DIR: dataDir,
      STEWARD_CACHE_DIR: resolve('.cache'),
      // Most tests look at one attempt; those of retries and crash-resume say how many they want.
      STEWARD_RUN_ATTEMPTS: '1',
      // Most tests fail on purpose; those of outages say when a breaker opens.
      STEWARD_BREAKER_FAILURES: '100000',
      ANTHROPIC_API_KEY: 'sk-ant-e2e-test-key',
      ANTHROPIC_BASE_URL: modelUrl,
      ...(spares ? {} : { STEWARD_SPARE_PROCESSES: '0' }),
      ...(cold ? { STEWARD_HOT_PROCESSES: '0' } : {}),
      ...given(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
