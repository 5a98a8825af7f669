import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import { RedisProcess } from '../support/redis.process.js';
import { ServerProcess } from '../support/server.process.js';
import { inAnswer, inLastWords, inRun } from './met.js';
import { OneServer } from './one.server.js';
import { group, type Scenario } from './scenario.types.js';

const nothing = (): Promise<AsyncDisposable> => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });

/** A server that does not start with this. */
const refusing =
  (env: Readonly<Record<string, string>>): Scenario<AsyncDisposable> =>
  async () =>
    inLastWords((await ServerProcess.startFailing(env)).output);

/** Fails in the middle of what a request asks for, as a defect would; and is late for its timers, when it is told to. */
const TROUBLE = `const stringify = JSON.stringify;
JSON.stringify = (value, ...rest) => {
  if (value?.planted === 'defect') throw new TypeError('planted');
  return stringify(value, ...rest);
};
let late = false;
process.on('SIGUSR2', () => (late = !late));
const turn = () => {
  for (const end = Date.now() + (late ? 500 : 0); Date.now() < end; );
  setTimeout(turn, 1);
};
setTimeout(turn, 1000);`;

/** What keeps a server from starting. */
export const START_GROUP = group(
  'servers that do not start',
  nothing,
  {
    'config.invalid': refusing({ STEWARD_RUN_ATTEMPTS: 'many' }),
    'redis.failed': refusing({ REDIS_URL: 'redis://127.0.0.1:1' }),
    'redis.not_found': async () => {
      const empty = mkdtempSync(join(tmpdir(), 'steward-nothing-'));
      const { output } = await ServerProcess.startFailing({ PATH: empty, STEWARD_CACHE_DIR: empty });
      rmSync(empty, { recursive: true });
      return inLastWords(output);
    },
    'cli.sandbox_unavailable': refusing({ STEWARD_ENVIRONMENT: 'production', STEWARD_SANDBOX: 'none' }),
    'server.address_in_use': async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { output } = await ServerProcess.startFailing({ PORT: String((other.address() as AddressInfo).port) });
      other.close();
      return inLastWords(output);
    },
  },
  true,
);

interface Changing extends AsyncDisposable {
  readonly world: OneServer;
  /** The CLI of the server is another program from here on. */
  readonly become: (program: string) => void;
}

async function withChangingCli(): Promise<Changing> {
  const folder = mkdtempSync(join(tmpdir(), 'steward-cli-'));
  const path = join(folder, 'claude');
  const env = { CLAUDE_CLI_PATH: path, STEWARD_CLI_START_TIMEOUT_MS: '1500' };
  const world = await OneServer.start({ cold: true, env });
  return {
    world,
    become: (program) => {
      rmSync(path, { force: true });
      // A link would be known by what it led to at first.
      if (existsSync(program)) copyFileSync(program, path);
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const started =
  (program: string): Scenario<Changing> =>
  async ({ world, become }) => {
    become(program);
    return inRun(await world.run({ prompt: 'x' }));
  };

/** A CLI that cannot be started, one after the other at the same place. */
export const BROKEN_CLI_GROUP = group(
  'a CLI that does not start',
  withChangingCli,
  {
    'cli.not_found': started('/nowhere/claude'),
    'cli.unusable': started('/bin/false'),
    'cli.failed_to_start': started(resolve('test/fixtures/failing_cli.sh')),
    'cli.start_timed_out': started(resolve('test/fixtures/silent_cli.sh')),
    'cli.spawn_failed': async () => {
      // Its own Redis would need the program that is missing.
      await using redis = await RedisProcess.start();
      const env = { STEWARD_PYTHON: '/nowhere/python3', REDIS_URL: redis.url };
      await using world = await OneServer.start({ cold: true, env });
      return inRun(await world.run({ prompt: 'x' }));
    },
  },
  true,
);

/** A server with a defect, and with an event loop that is late from one signal to the next. */
export const SERVER_GROUP = group(
  'servers in trouble',
  () =>
    OneServer.start({
      cold: true,
      env: {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TROUBLE)}`,
        STEWARD_OVERLOAD_LOOP_MS: '200',
        STEWARD_QUEUE_MAX_WAITING: '1',
        STEWARD_WORKER_CONCURRENCY: '1',
        STEWARD_SHUTDOWN_GRACE_MS: '5000',
      },
    }),
  {
    'internal.error': async (world) => inAnswer(await world.submit({ prompt: 'x', metadata: { planted: 'defect' } })),
    'server.overloaded': async (world) => {
      world.server.signal('SIGUSR2');
      const open = () => world.call('POST', '/sessions', {});
      await vi.waitFor(async () => expect((await open()).status).toBe(503), { timeout: 60_000 });
      const refused = await open();
      world.server.signal('SIGUSR2');
      await vi.waitFor(async () => expect((await open()).status).toBe(201), { timeout: 60_000 });
      return inAnswer(refused);
    },
    'queue.full': async (world) => {
      for (;;) {
        const answer = await world.submit({ prompt: '[[text n=4000 delay=50]]' });
        if (answer.status !== 202) return inAnswer(answer);
      }
    },
    'queue.draining': async (world) => {
      // What runs keeps it until its grace is over; one that was short of something a moment ago begins a little later.
      await world.submit({ prompt: '[[text n=4000 delay=50]]' });
      const running = async () => (await world.server.client().runs({ state: 'running' })).data.length;
      await vi.waitFor(async () => expect(await running()).toBe(1), { timeout: 60_000 });
      const open = () => world.call('POST', '/sessions', {});
      let answer = await open();
      world.server.signal('SIGTERM');
      await vi.waitFor(async () => expect((answer = await open()).status).toBe(503), { timeout: 10_000, interval: 20 });
      return inAnswer(answer);
    },
  },
  true,
);
