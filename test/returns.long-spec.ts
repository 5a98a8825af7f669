import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame } from '@steward/client';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { type ServerProcess } from './support/server.process.js';

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 400_000;
/** Each of these runs starts a process: more of them than two processors can start would only test how long a queue gets. */
const LOAD_EVERY_MS = 800;
const isDelta = ({ type }: { type: string }): boolean => type === 'text.delta';
const limitOf = (resetsAt: string): string =>
  `[[header anthropic-ratelimit-requests-reset: ${resetsAt}]] [[header anthropic-ratelimit-requests-remaining: 0]]`;
const typesOf = (frames: readonly Frame[]) => frames.map(({ type }) => type);

/** Runs that go back to waiting: to be retried, parked, handed over, and cancelled there. */
describe('returns', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(1, {
      STEWARD_API_MAX_RETRIES: '0',
      STEWARD_PARK_AFTER_MS: '2000',
      STEWARD_WORKER_CONCURRENCY: '3',
      STEWARD_SHUTDOWN_GRACE_MS: '300',
      // Nobody is killed here.
      STEWARD_SESSION_LEASE_MS: '12000',
      STEWARD_RENEW_DEADLINE_MS: '6000',
    });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  it('what fails in a way that passes is tried again, until it is done', { timeout: TIMEOUT_MS }, async () => {
    const { id } = await cluster.client.submit({ prompt: '[[error 500 times=2]] [[say at last]]' });
    const frames = await collect(cluster.client.follow(id));
    expectWhole(frames);
    const run = await cluster.client.run(id);
    expect(run).toMatchObject({ state: 'completed', attempts: 3, result: { text: 'at last' }, waitingFor: null });
    const retries = frames.flatMap((frame) => (frame.type === 'run.retrying' ? [frame.data] : []));
    expect(retries.map(({ attempt, maxAttempts, error }) => [attempt, maxAttempts, error.code])).toEqual([
      [1, 3, 'model.failed'],
      [2, 3, 'model.failed'],
    ]);
  });

  it('no more often than was asked for, and not at all what does not pass', { timeout: TIMEOUT_MS }, async () => {
    const twice = await cluster.client.execute({ prompt: '[[error 500]]', maxAttempts: 2 });
    expect(twice).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'model.failed' } });
    const once = await cluster.client.execute({ prompt: '[[error 400]]' });
    expect(once).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'model.invalid_request' } });
    await expect(cluster.client.submit({ prompt: 'x', maxAttempts: 11 })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  it('one that has used a tool goes on behind it', { timeout: TIMEOUT_MS }, async () => {
    const prompt = '[[bash echo x >> effects]] [[error 500 times=1]] [[say done]]';
    const run = await cluster.client.execute({ prompt });
    expect(run).toMatchObject({ state: 'completed', attempts: 2, result: { text: 'done' } });
    expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
    const { data } = await cluster.client.history(run.id);
    expect(typesOf(data as Frame[]).filter((type) => type === 'tool.started')).toHaveLength(1);
    expect(typesOf(data as Frame[])).toContain('run.resumed');
  });

  it('a limit with an end parks the caller’s runs until then, and they go on', { timeout: TIMEOUT_MS }, async () => {
    const resetsAt = new Date(Date.now() + 8000).toISOString();
    const { id } = await cluster.client.submit({ prompt: `${limitOf(resetsAt)} [[error 429 times=1]] [[say on]]` });
    await expect.poll(async () => (await cluster.client.run(id)).waitingFor, { timeout: 20_000 }).toBe('rate_limit');
    const parked = await cluster.client.run(id);
    expect(parked).toMatchObject({ state: 'pending', attempts: 1 });
    expect(Date.parse(parked.waitingUntil ?? '')).toBe(Math.floor(Date.parse(resetsAt)));
    // The caller's next one does not even try.
    const next = await cluster.client.submit({ prompt: '[[say next]]' });
    const frames = await collect(cluster.client.follow(id));
    expectWhole(frames);
    expect(typesOf(frames)).toContain('run.parked');
    expect(await cluster.client.run(id)).toMatchObject({ state: 'completed', attempts: 2, result: { text: 'on' } });
    await collect(cluster.client.follow(next.id));
    const ended = await cluster.client.run(next.id);
    expect(ended.state).toBe('completed');
    expect(Date.parse(ended.startedAt!)).toBeGreaterThanOrEqual(Date.parse(parked.waitingUntil ?? ''));
  });

  let patient: ServerProcess | undefined;
  /** From here on no retry comes before the test is over. */
  async function onlyThePatient(): Promise<void> {
    const hour = String(HOUR_MS);
    patient ??= await cluster.addWorker({ STEWARD_RETRY_BASE_MS: hour, STEWARD_RETRY_MAX_MS: hour });
    for (const other of cluster.workers.filter((one) => one !== patient && !one.isGone)) await other.stop();
  }

  it.each([
    ['to be retried', '[[error 500]] [[say x]]', 'retry', {}],
    ['parked', '', 'rate_limit', {}],
    ['for its moment', '[[say x]]', 'start_at', { startAt: new Date(Date.now() + HOUR_MS).toISOString() }],
  ])('one that waits %s is cancelled at once', { timeout: TIMEOUT_MS }, async (_name, text, waitingFor, options) => {
    await onlyThePatient();
    const until = new Date(Date.now() + 10_000).toISOString();
    const prompt = text || `${limitOf(until)} [[error 429]]`;
    const { id } = await cluster.client.submit({ prompt, ...options });
    await expect.poll(async () => (await cluster.client.run(id)).waitingFor, { timeout: 20_000 }).toBe(waitingFor);
    const cancelled = await cluster.client.cancel(id);
    expect(cancelled).toMatchObject({ state: 'cancelled', waitingFor: null, waitingUntil: null });
    expectWhole(await collect(cluster.client.follow(id)));
  });

  it('SIGTERM hands over what does not end in time, and another worker goes on', { timeout: TIMEOUT_MS }, async () => {
    const pair = [await cluster.addWorker(), await cluster.addWorker()];
    for (const other of cluster.workers.filter((one) => !pair.includes(one))) await other.stop();
    const prompt = '[[bash echo x >> effects]] [[text n=250 delay=20]]';
    const { id, sessionId } = await cluster.client.submit({ prompt, maxAttempts: 1 });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    expect(await (await cluster.carrying()).stop()).toBe(0);
    const frames = await whole;
    expectWhole(frames);
    const run = await cluster.client.run(id);
    // It is no failure of the run, and does not use up its attempt.
    expect(run).toMatchObject({ state: 'completed', attempts: 2 });
    expect(cluster.lines(sessionId, 'effects')).toEqual(['x']);
    expect(typesOf(frames)).not.toContain('run.retrying');
  });

  it('a rolling restart of three workers under load fails no run', { timeout: TIMEOUT_MS }, async () => {
    const env = { STEWARD_SHUTDOWN_GRACE_MS: '500' };
    const old = cluster.workers.filter(({ isGone }) => !isGone);
    const three = [await cluster.addWorker(env), await cluster.addWorker(env), await cluster.addWorker(env)];
    for (const worker of old) await worker.stop();
    const runs: string[] = [];
    const load = { on: true };
    const loading = (async () => {
      while (load.on) {
        const prompt = `[[bash echo ${runs.length} >> effects]] [[text n=200 delay=15]]`;
        runs.push((await cluster.client.submit({ prompt })).id);
        await delay(LOAD_EVERY_MS);
      }
    })();
    for (const worker of three) {
      await delay(1500);
      await cluster.addWorker(env);
      expect(await worker.stop()).toBe(0);
    }
    load.on = false;
    await loading;
    const ended = await Promise.all(
      runs.map(async (id, index) => {
        const frames = await collect(cluster.client.follow(id));
        expectWhole(frames);
        const run = await cluster.client.run(id);
        // A tool that was ended before it had acted is not repeated, and the model is told that nobody knows.
        const unknown = frames.flatMap((frame) => (frame.type === 'run.resumed' ? frame.data.unknownTools : []));
        const lines = cluster.lines(run.sessionId, 'effects');
        if (unknown.length === 0 || lines.length > 0) expect(lines).toEqual([String(index)]);
        return run;
      }),
    );
    expect(ended.filter(({ state }) => state !== 'completed')).toEqual([]);
    expect(ended.filter(({ attempts }) => attempts > 1).length).toBeGreaterThan(0);
  });
});
