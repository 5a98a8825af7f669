import { type Frame, type Run } from '@steward/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';

const TIMEOUT_MS = 180_000;
/** Longer than any test: whoever has seen enough cancels it. */
const LONG = '[[text n=6000 delay=20]]';
/** As soon as may be that another worker takes over. */
const SOON = { STEWARD_SESSION_LEASE_MS: '4000', STEWARD_RENEW_DEADLINE_MS: '2000', STEWARD_HOT_PROCESSES: '0' };
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

/** One api with one Redis for the tests of a describe; each begins its own workers, and none of them outlives it. */
function withCluster(env: Readonly<Record<string, string>>): () => Cluster {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(0, { ...SOON, ...env });
  });
  afterEach(() => Promise.all(cluster.workers.map((worker) => worker.stop('SIGKILL'))));
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  return () => cluster;
}

/** Somebody has seen enough of a run. */
async function leave({ client }: Cluster, id: string): Promise<void> {
  await client.cancel(id);
  await collect(client.follow(id));
}

describe('a run that kills its worker', () => {
  const cluster = withCluster({ STEWARD_RUN_WORKER_DEATHS: '2', STEWARD_RUN_ATTEMPTS: '10' });
  const run = (id: string): Promise<Run> => cluster().client.run(id);
  /** A run that has begun to answer. */
  const begun = async (id: string) => followUntil(cluster().client, id, isDelta);

  it('is tried again alone, and given to no third worker', { timeout: TIMEOUT_MS }, async () => {
    const probation = { STEWARD_PROBATION_MS: '60000' };
    const worker = await cluster().addWorker(probation);
    const { id } = await cluster().client.submit({ prompt: LONG });
    const first = await begun(id);
    await worker.stop('SIGKILL');
    const second = await cluster().addWorker(probation);
    await followUntil(cluster().client, id, begins(2));
    const bystander = await cluster().client.submit({ prompt: '[[say by]]' });
    const { lastSeq } = await run(id);
    // It has room for three more.
    await expect.poll(async () => (await run(id)).lastSeq, { timeout: 30_000 }).toBeGreaterThan(lastSeq + 50);
    expect(await run(bystander.id)).toMatchObject({ state: 'pending', activity: { what: 'queued' } });
    await second.stop('SIGKILL');
    await cluster().addWorker(probation);
    const frames = await first.whole;
    const code = 'run.poisoned';
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code, details: { workers: 2 } } } });
    expect(await run(id)).toMatchObject({ state: 'failed', attempts: 2, error: { code, retryable: false } });
    await expect.poll(async () => (await run(bystander.id)).state, { timeout: 30_000 }).toBe('completed');
    expect(await run(bystander.id)).toMatchObject({ attempts: 1 });
  });

  it('lets others in again once it has lived for a while', { timeout: TIMEOUT_MS }, async () => {
    const probation = { STEWARD_PROBATION_MS: '1000' };
    const worker = await cluster().addWorker(probation);
    const { id } = await cluster().client.submit({ prompt: LONG });
    await begun(id);
    await worker.stop('SIGKILL');
    await cluster().addWorker(probation);
    await followUntil(cluster().client, id, begins(2));
    const other = await cluster().client.execute({ prompt: '[[say other]]' });
    expect(other.result?.text).toBe('other');
    expect((await run(id)).state).toBe('running');
    await leave(cluster(), id);
  });

  it('is not blamed for a Redis that was away', { timeout: TIMEOUT_MS }, async () => {
    const worker = await cluster().addWorker();
    const { id } = await cluster().client.submit({ prompt: LONG });
    await begun(id);
    cluster().redis.signal('SIGSTOP');
    await expect
      .poll(() => worker.agentProcesses(), { timeout: 30_000 })
      .toEqual([])
      .finally(() => cluster().redis.signal('SIGCONT'));
    await followUntil(cluster().client, id, begins(2));
    await worker.stop('SIGKILL');
    await cluster().addWorker();
    // One death would be one too many, had that been another.
    await followUntil(cluster().client, id, begins(3));
    expect(await run(id)).toMatchObject({ state: 'running', attempts: 3 });
    await leave(cluster(), id);
  });
});

describe('an exception that nobody caught', () => {
  const cluster = withCluster({ STEWARD_RUN_WORKER_DEATHS: '2', STEWARD_PROBATION_MS: '1000' });
  const ONCE = { ...PRELOAD, STEWARD_RUN_ATTEMPTS: '1' };

  it('ends the worker in order: its runs go on elsewhere, free of charge', { timeout: TIMEOUT_MS }, async () => {
    const worker = await cluster().addWorker(ONCE);
    const runs = await Promise.all([1, 2].map(() => cluster().client.submit({ prompt: LONG })));
    for (const { id } of runs) await followUntil(cluster().client, id, isDelta);
    worker.signal('SIGUSR2');
    expect(await worker.ended()).toBe(70);
    expect(worker.output()).toMatch(/"level":60[^\n]*planted in nothing/);
    const next = await cluster().addWorker(ONCE);
    for (const { id } of runs) {
      await followUntil(cluster().client, id, begins(2));
      await leave(cluster(), id);
    }
    // Whoever comes after it has it in its figures, and whoever asks an api.
    expect(await faultsOf(next.url, 'exception')).toBe(1);
    await cluster().restartFront();
    const last = { kind: 'exception', role: 'worker', name: 'Error', ended: true, runId: null };
    expect(await healthOf(cluster().front.url)).toMatchObject({ faults: { count: 1, last } });
  });

  it('is laid at the door of the run in which it happened', { timeout: TIMEOUT_MS }, async () => {
    const often = { STEWARD_RUN_ATTEMPTS: '5' };
    const first = await cluster().addWorker({ ...PRELOAD, ...often });
    const by = await cluster().client.submit({ prompt: LONG });
    await followUntil(cluster().client, by.id, isDelta);
    // It goes on for long: an answer that is whole would be the end of the run, and not its worker's.
    const { id } = await cluster().client.submit({ prompt: `[[say chunk=6 delay=20 ${'KABOOM'.repeat(1000)}]]` });
    expect(await first.ended()).toBe(70);
    expect(first.output()).toContain(`"runId":"${id}"`);
    expect(first.output()).not.toContain('abcdefgh12345678');
    const second = await cluster().addWorker({ ...PRELOAD, ...often });
    expect(await second.ended()).toBe(70);
    await cluster().addWorker(often);
    await expect.poll(async () => (await cluster().client.run(id)).state, { timeout: 60_000 }).toBe('failed');
    const error = { code: 'run.poisoned', details: { workers: 2 } };
    expect(await cluster().client.run(id)).toMatchObject({ attempts: 2, error });
    // Whom it had beside it goes on, and is not blamed.
    const goesOn = { state: 'running', attempts: 3, activity: { what: 'answering' } };
    await expect.poll(() => cluster().client.run(by.id), { timeout: 60_000 }).toMatchObject(goesOn);
    await leave(cluster(), by.id);
  });

  it('is told apart from a promise that nobody waited for', { timeout: TIMEOUT_MS }, async () => {
    const worker = await cluster().addWorker(ONCE);
    worker.signal('SIGWINCH');
    await expect.poll(() => faultsOf(worker.url, 'rejection')).toBe(1);
    expect(worker.output()).toMatch(/"level":50[^\n]*planted rejection/);
    const run = await cluster().client.execute({ prompt: '[[say on]]' });
    expect(run.result?.text).toBe('on');
    for (let n = 2; n < 10; n += 1) {
      worker.signal('SIGWINCH');
      await expect.poll(() => faultsOf(worker.url, 'rejection')).toBe(n);
    }
    worker.signal('SIGWINCH');
    expect(await worker.ended()).toBe(70);
  });
});
