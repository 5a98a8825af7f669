import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess } from '../support/server.process.js';
import { type Death, type Place } from './death.types.js';

/** A child in a session of its own and a daemon that forked twice: what outlives a careless owner. */
const BASH = '[[bash setsid sleep 300 & (setsid sleep 301 &) ; sleep 302]] [[say never]]';

export const PLACES: readonly Place[] = [
  { name: 'starting', prompt: '[[say never]]', after: null },
  { name: 'waiting for the model', prompt: '[[hang headers]]', after: 'run.progress' },
  { name: 'streaming', prompt: '[[text n=3000 delay=20]]', after: 'text.delta' },
  { name: 'in Bash', prompt: BASH, after: 'tool.started', pauseMs: 300 },
];

const kill = (pid: number | undefined, signal: NodeJS.Signals) => {
  if (pid === undefined) throw new Error('the process to kill was not found');
  process.kill(pid, signal);
};

const CRASH = ['cli.crashed', 'cli.failed_to_start'];

export const DEATHS: readonly Death[] = [
  { name: 'CLI SIGKILL', codes: CRASH, goneMs: 3000, act: async (_server, _run, { cli }) => kill(cli, 'SIGKILL') },
  { name: 'CLI SIGTERM', codes: CRASH, goneMs: 3000, act: async (_server, _run, { cli }) => kill(cli, 'SIGTERM') },
  {
    name: 'supervisor SIGKILL',
    codes: CRASH,
    goneMs: 3000,
    act: async (_server, _run, { supervisor }) => kill(supervisor, 'SIGKILL'),
  },
  {
    name: 'warden SIGKILL',
    codes: CRASH,
    goneMs: 3000,
    act: async (_server, _run, { warden }) => kill(warden, 'SIGKILL'),
  },
  {
    name: 'both keepers SIGKILL',
    codes: CRASH,
    goneMs: 3000,
    sweep: true,
    act: async (_server, _run, { warden, supervisor }) => {
      kill(warden, 'SIGKILL');
      kill(supervisor, 'SIGKILL');
    },
  },
  {
    name: 'cancel',
    codes: ['run.cancelled'],
    goneMs: 1000,
    act: async (server, run) => {
      await server.client().cancel(run.id);
    },
  },
  {
    name: 'server SIGSTOP past the lease',
    codes: [...CRASH, 'session.lost', 'worker.lost'],
    goneMs: 6000,
    act: async (server) => {
      process.kill(server.pid, 'SIGSTOP');
      await delay(4500);
      process.kill(server.pid, 'SIGCONT');
    },
  },
  {
    name: 'server SIGKILL',
    codes: ['worker.lost'],
    goneMs: 3000,
    act: async (server) => {
      await server.stop('SIGKILL');
    },
  },
];

/** Short leases, so that a case takes seconds. */
export const TIMINGS = { STEWARD_RENEW_DEADLINE_MS: '2500', STEWARD_SESSION_LEASE_MS: '3000' };

export const start = (modelUrl: string, mode: string, dataDir?: string): Promise<ServerProcess> =>
  ServerProcess.start({
    modelUrl,
    spares: true,
    ...(dataDir === undefined ? {} : { dataDir }),
    env: { ...TIMINGS, STEWARD_SANDBOX: mode },
  });
