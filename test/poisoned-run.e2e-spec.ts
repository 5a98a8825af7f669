import { type Frame, type Run } from '@steward/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from './support/cluster.js';
import { followUntil } from './support/follow.js';

const TIMEOUT_MS = 180_000;
const LONG = '[[text n=600 delay=20]]';
const isDelta = ({ type }: Frame): boolean => type === 'text.delta';
const begins = (attempt: number) => (frame: Frame) =>
  frame.type === 'run.started' && (frame.data as { attempt: number }).attempt === attempt;

/** Throws in the middle of whatever makes an event of this text; and, by signals, in the middle of nothing. */
const PLANTED = `const stringify = JSON.stringify;
JSON.stringify = (value, ...rest) => {
  if (value?.text === 'KABOOM') setImmediate(() => { throw new Error('planted with ANTHROPIC_API_KEY=' + ['abcdefgh', '12345678'].join('')); });
  return stringify(value, ...rest);
};
process.on('SIGUSR2', () => { throw new Error('planted in nothing'); });
process.on('SIGWINCH', () => { void Promise.reject(new Error('planted rejection')); });`;
const PRELOAD = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PLANTED)}` };

interface Health {
  readonly faults: { readonly count: number; readonly last: Record<string, unknown> | null };
}
const healthOf = async (url: string): Promise<Health> =>
  (await (await fetch(`${url}/api/v1/claude/health`)).json()) as Health;

async function faultsOf(url: string, kind: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^steward_process_faults_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
}

describe('a run that kills its worker', () => {
  let cluster: Cluster;
  const env = { STEWARD_RUN_WORKER_DEATHS: '2', STEWARD_RUN_ATTEMPTS: '10', STEWARD_HOT_PROCESSES: '0' };
  const start = async (more: Record<string, string>): Promise<void> => {
    cluster = await Cluster.start(1, { ...env, ...more });
  };
  afterEach(() => cluster[Symbol.asyncDispose]());
  const run = (id: string): Promise<Run> => cluster.client.run(id);

  it('is tried again alone, and given to no third worker', { timeout: TIMEOUT_MS }, async () => {
    await start({ STEWARD_PROBATION_MS: '60000' });
    const { id } = await cluster.client.submit({ prompt: LONG });
    const first = await followUntil(cluster.client, id, isDelta);
    await cluster.workers[0]!.stop('SIGKILL');
    const second = await cluster.addWorker();
    await followUntil(cluster.client, id, begins(2));
    const bystander = await cluster.client.submit({ prompt: '[[say by]]' });
    // It has room for three more.
    await expect.poll(async () => (await run(id)).lastSeq, { timeout: 30_000 }).toBeGreaterThan(100);
    expect(await run(bystander.id)).toMatchObject({ state: 'pending', activity: { what: 'queued' } });
    await second.stop('SIGKILL');
    await cluster.addWorker();
    const frames = await first.whole;
    const code = 'run.poisoned';
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code, details: { workers: 2 } } } });
    expect(await run(id)).toMatchObject({ state: 'failed', attempts: 2, error: { code, retryable: false } });
    await expect.poll(async () => (await run(bystander.id)).state, { timeout: 30_000 }).toBe('completed');
    expect(await run(bystander.id)).toMatchObject({ attempts: 1 });
  });

  it('lets others in again once it has lived for a while', { timeout: TIMEOUT_MS }, async () => {
    await start({ STEWARD_PROBATION_MS: '1000' });
    const { id } = await cluster.client.submit({ prompt: LONG });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    await cluster.workers[0]!.stop('SIGKILL');
    await cluster.addWorker();
    await followUntil(cluster.client, id, begins(2));
    const other = await cluster.client.execute({ prompt: '[[say other]]' });
    expect(other.result?.text).toBe('other');
    expect((await run(id)).state).toBe('running');
    expect((await whole).at(-1)?.type).toBe('run.completed');
  });

  it('is not blamed for a Redis that was away', { timeout: TIMEOUT_MS }, async () => {
    await start({});
    const { id } = await cluster.client.submit({ prompt: '[[text n=900 delay=20]]' });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    cluster.redis.signal('SIGSTOP');
    await expect.poll(() => cluster.workers[0]!.agentProcesses(), { timeout: 30_000 }).toEqual([]);
    cluster.redis.signal('SIGCONT');
    await followUntil(cluster.client, id, begins(2));
    await cluster.workers[0]!.stop('SIGKILL');
    await cluster.addWorker();
    expect((await whole).at(-1)?.type).toBe('run.completed');
    expect(await run(id)).toMatchObject({ attempts: 3 });
  });
});

describe('an exception that nobody caught', () => {
  let cluster: Cluster;
  const env = {
    ...PRELOAD,
    STEWARD_HOT_PROCESSES: '0',
    STEWARD_RUN_ATTEMPTS: '1',
    STEWARD_RUN_WORKER_DEATHS: '2',
  };
  beforeEach(async () => {
    cluster = await Cluster.start(0);
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  it('ends the worker in order: its runs go on elsewhere, free of charge', { timeout: TIMEOUT_MS }, async () => {
    const worker = await cluster.addWorker(env);
    const runs = await Promise.all([1, 2].map(() => cluster.client.submit({ prompt: LONG })));
    const followed = await Promise.all(runs.map(({ id }) => followUntil(cluster.client, id, isDelta)));
    worker.signal('SIGUSR2');
    expect(await worker.ended()).toBe(70);
    expect(worker.output()).toMatch(/"level":60[^\n]*planted in nothing/);
    const next = await cluster.addWorker(env);
    for (const { whole } of followed) expect((await whole).at(-1)?.type).toBe('run.completed');
    // Whoever comes after it has it in its figures, and whoever asks an api.
    expect(await faultsOf(next.url, 'exception')).toBe(1);
    await cluster.restartFront();
    const last = { kind: 'exception', role: 'worker', name: 'Error', ended: true, runId: null };
    expect(await healthOf(cluster.front.url)).toMatchObject({ faults: { count: 1, last } });
  });

  it('is laid at the door of the run in which it happened', { timeout: TIMEOUT_MS }, async () => {
    const first = await cluster.addWorker({ ...env, STEWARD_RUN_ATTEMPTS: '5' });
    const by = await cluster.client.submit({ prompt: LONG });
    const bystander = await followUntil(cluster.client, by.id, isDelta);
    const { id } = await cluster.client.submit({ prompt: '[[say KABOOM]]' });
    expect(await first.ended()).toBe(70);
    expect(first.output()).toContain(`"runId":"${id}"`);
    expect(first.output()).not.toContain('abcdefgh12345678');
    const second = await cluster.addWorker({ ...env, STEWARD_RUN_ATTEMPTS: '5' });
    expect(await second.ended()).toBe(70);
    await cluster.addWorker({ STEWARD_RUN_ATTEMPTS: '5' });
    await expect.poll(async () => (await cluster.client.run(id)).state, { timeout: 30_000 }).toBe('failed');
    expect((await cluster.client.run(id)).error).toMatchObject({ code: 'run.poisoned', details: { workers: 2 } });
    expect((await bystander.whole).at(-1)?.type).toBe('run.completed');
  });

  it('is told apart from a promise that nobody waited for', { timeout: TIMEOUT_MS }, async () => {
    const worker = await cluster.addWorker(env);
    worker.signal('SIGWINCH');
    await expect.poll(() => faultsOf(worker.url, 'rejection')).toBe(1);
    expect(worker.output()).toMatch(/"level":50[^\n]*planted rejection/);
    const run = await cluster.client.execute({ prompt: '[[say on]]' });
    expect(run.result?.text).toBe('on');
    for (let n = 2; n < 10; n += 1) {
      worker.signal('SIGWINCH');
      await expect.poll(() => faultsOf(worker.url, 'rejection')).toBe(n);
    }
    worker.signal('SIGWINCH');
    expect(await worker.ended()).toBe(70);
  });
});
