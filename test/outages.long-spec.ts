import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EventDataMap, type EventType, type Frame, type Run, type RunRequest } from '@steward/client';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

const eventsOf = <T extends EventType>(frames: readonly Frame[], type: T): EventDataMap[T][] =>
  frames.flatMap((frame) => (frame.type === type ? [frame.data as EventDataMap[T]] : []));

interface Breaker {
  readonly scope: string;
  readonly target: string;
  readonly state: string;
  readonly retryAt: string | null;
  readonly cause: string | null;
}

/** What runs do while a breaker is open. */
describe('an outage', () => {
  let server: ServerProcess;
  let api: MessagesApi;
  withServer(
    {
      model: { hostTexts: RESUME_TURNS },
      env: {
        STEWARD_BREAKER_FAILURES: '3',
        STEWARD_BREAKER_OPEN_MS: '400',
        STEWARD_BREAKER_MAX_OPEN_MS: '4000',
      },
    },
    (standing) => ({ server, api } = standing),
  );

  const followed = async (request: RunRequest) => {
    const client = server.client();
    const { id } = await client.submit(request);
    const frames = (await collect(client.follow(id))) as Frame[];
    expectWhole(frames);
    return { run: await client.run(id), frames };
  };
  const health = async () => {
    const answer = await fetch(`${server.url}/api/v1/claude/health`);
    return (await answer.json()) as { status: string; breakers: Breaker[] };
  };
  const metric = async (name: string, labels: object) => {
    const answer = await fetch(`${server.url}/api/v1/claude/metrics`);
    const figures = ((await answer.json()) as Record<string, { labels: object; value: number }[]>)[name] ?? [];
    const fits = (one: object) => Object.entries(labels).every(([key, value]) => one[key as keyof object] === value);
    return figures.filter(({ labels: one }) => fits(one)).reduce((sum, { value }) => sum + value, 0);
  };

  it('is waited for, and the run goes on by itself when a probe passes', async () => {
    const model = 'claude-sonnet-4-5';
    const client = server.client();
    const { id } = await client.submit({ prompt: '[[error 529 times=5]] [[say back]]', model });
    await expect.poll(async () => (await client.run(id)).waitingFor, { timeout: 30_000 }).toBe('outage');
    const frames = (await collect(client.follow(id))) as Frame[];
    expectWhole(frames);
    const run = await client.run(id);
    expect(run).toMatchObject({ state: 'completed', result: { text: 'back' }, degraded: null, waitingFor: null });
    // Three requests of the CLI, one for each probe.
    expect(run.metering).toMatchObject({ requests: 6, failedRequests: 5 });
    const parked = eventsOf(frames, 'run.parked');
    expect(parked.length).toBeGreaterThanOrEqual(1);
    expect(parked[0]?.error).toMatchObject({
      code: 'breaker.open',
      details: { scope: 'model', cause: 'model.overloaded' },
    });
    expect(eventsOf(frames, 'run.progress').map(({ activity }) => activity)).toContain('outage');
    const { breakers } = await health();
    expect(breakers.filter(({ state }) => state !== 'closed')).toEqual([]);
    expect(await metric('steward_breaker_changes_total', { scope: 'model', state: 'open' })).toBeGreaterThanOrEqual(2);
    expect(await metric('steward_breaker_changes_total', { scope: 'model', state: 'closed' })).toBe(1);
    expect(await metric('steward_breakers_open', { scope: 'model' })).toBe(0);
  });

  it('fails at once who does not want to wait, without a request; other models and other sessions go on', async () => {
    const model = 'claude-opus-4-5';
    const client = server.client();
    const waiting = await client.submit({ prompt: '[[error 500 key=gone]] [[say never]]', model });
    await expect.poll(async () => (await client.run(waiting.id)).waitingFor, { timeout: 30_000 }).toBe('outage');
    await expect
      .poll(async () => (await health()).breakers, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ scope: 'model', cause: 'model.failed', state: 'open' }));
    expect((await health()).status).toBe('degraded');
    const asked = api.journal.length;
    const refusals: Run[] = [];
    // The breaker lets a probe through now and then: whoever is one hears of the failure itself.
    for (let n = 0; n < 5; n += 1) {
      const { run } = await followed({ prompt: '[[error 500]]', model, onOutage: 'fail' });
      refusals.push(run);
    }
    const refused = { attempts: 1, metering: null, error: { code: 'breaker.open' } };
    expect(refusals).toContainEqual(
      expect.objectContaining({ ...refused, error: expect.objectContaining(refused.error) as object }),
    );
    expect(api.journal.length - asked).toBeLessThan(20);
    const other = await client.execute({ prompt: '[[say on]]', model: 'claude-haiku-4-5' });
    expect(other).toMatchObject({ state: 'completed', result: { text: 'on' } });
    // It may be the probe at this moment.
    await client.cancel(waiting.id);
    await expect.poll(async () => (await client.run(waiting.id)).state).toBe('cancelled');
  });

  it('that lasts is told to who waits: why, how often it was tried, when it is tried next; and they may leave', async () => {
    const client = server.client();
    const { id } = await client.submit({ prompt: '[[error 500 key=lasts]] [[say never]]', model: 'claude-opus-4-0' });
    const waits = {
      state: 'pending',
      waitingFor: 'outage',
      lastError: { retryable: true },
      activity: {
        what: 'outage',
        text: expect.stringMatching(/\(model\.failed\); attempts so far: [3-9]\.$/) as string,
      },
    };
    await expect.poll(() => client.run(id), { timeout: 30_000, interval: 20 }).toMatchObject(waits);
    const { data } = await client.history(id);
    const parked = eventsOf(data as Frame[], 'run.parked');
    expect(parked.map(({ attempt }) => attempt)).toEqual(parked.map((_event, index) => index + 1));
    for (const { retryAt, until } of parked) expect(Date.parse(retryAt!)).toBeLessThan(Date.parse(until));
    const soon = async () => {
      const { waitingUntil, activity } = await client.run(id);
      return waitingUntil !== null && activity?.until === waitingUntil && Date.parse(waitingUntil) > Date.now();
    };
    await expect.poll(soon, { interval: 20 }).toBe(true);
    await client.cancel(id);
    await expect.poll(() => client.run(id)).toMatchObject({ state: 'cancelled', waitingUntil: null, lastError: null });
  });

  it('a request at fault opens nothing', async () => {
    const asked = [400, 404, 413, 403, 429].flatMap((status) => [`[[error ${status}]]`, `[[error ${status}]] again`]);
    const request = { model: 'claude-sonnet-4-0', onOutage: 'fail' } as const;
    await Promise.all(asked.map((prompt) => server.client().execute({ prompt, ...request })));
    const { run } = await followed({ prompt: '[[say fine]]', model: 'claude-sonnet-4-0' });
    expect(run).toMatchObject({ state: 'completed', attempts: 1 });
  });

  it.each([
    [529, 'model.overloaded'],
    [500, 'model.failed'],
  ])('the CLI gets around %s by itself with the fallback model, and the run tells it', async (status, why) => {
    const before = await metric('steward_runs_degraded_total', { step: 'fallback_model' });
    const models = { model: `claude-opus-4-1-${status}`, fallbackModel: 'claude-haiku-4-5' };
    const { run, frames } = await followed({ prompt: `[[error ${status} times=3]] [[say its own]]`, ...models });
    expect(run).toMatchObject({ state: 'completed', degraded: { step: 'fallback_model', why } });
    expect(eventsOf(frames, 'run.degraded')).toEqual([{ step: 'fallback_model', why }]);
    expect(Object.keys(run.usageByModel)).toContain('claude-haiku-4-5');
    expect(await metric('steward_runs_degraded_total', { step: 'fallback_model' })).toBe(before + 1);
  });
});

/** What a breaker knew goes with its process. */
describe('an outage that ends while nobody is there', () => {
  it('is over for those who waited as soon as somebody is', async () => {
    const api = await startMessagesApi({ hostTexts: RESUME_TURNS });
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    // Long enough that neither a probe nor the moment of the run itself comes in time.
    const env = { STEWARD_BREAKER_FAILURES: '3', STEWARD_BREAKER_OPEN_MS: '600000' };
    const start = () => ServerProcess.start({ modelUrl: api.url, dataDir, env });
    let server = await start();
    try {
      const prompts = [0, 1].map((n) => `[[error 500 key=gone times=3]] [[say back ${n}]]`);
      const [first] = prompts as [string];
      const { id } = await server.client().submit({ prompt: first });
      await expect.poll(async () => (await server.client().run(id)).waitingFor, { timeout: 30_000 }).toBe('outage');
      const { id: second } = await server.client().submit({ prompt: prompts[1]! });
      await expect.poll(async () => (await server.client().run(second)).waitingFor, { timeout: 30_000 }).toBe('outage');
      await server.stop('SIGKILL');
      server = await start();
      for (const one of [id, second]) {
        await collect(server.client().follow(one));
        expect(await server.client().run(one)).toMatchObject({ state: 'completed', waitingFor: null });
      }
    } finally {
      await server.stop();
      await api.close();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

/** One that lasts. */
describe('an outage of one model, or of the credential', () => {
  let server: ServerProcess;
  withServer(
    { env: { STEWARD_BREAKER_FAILURES: '3', STEWARD_BREAKER_OPEN_MS: '60000' } },
    (standing) => ({ server } = standing),
  );

  it('of one model is gone around at once with another one, where the run wants that', async () => {
    const client = server.client();
    const model = 'claude-opus-4-5';
    const first = await client.execute({ prompt: '[[error 500]]', model, onOutage: 'fail' });
    expect(first).toMatchObject({ error: { code: 'model.failed' }, metering: { requests: 3 } });
    const down = { model, fallbackModel: 'claude-haiku-4-5', onOutage: 'degrade' as const };
    const run = await client.execute({ prompt: '[[say around]]', ...down });
    expect(run).toMatchObject({
      state: 'completed',
      result: { text: 'around' },
      degraded: { step: 'fallback_model', why: 'breaker.open' },
      metering: { requests: 1 },
    });
    expect(Object.keys(run.usageByModel)).toEqual(['claude-haiku-4-5']);
  });

  it('is told at once to everybody who follows', async () => {
    const client = server.client();
    for (let n = 0; n < 3; n += 1) {
      const run = await client.execute({ prompt: '[[error 401]]', onOutage: 'fail' });
      expect(run).toMatchObject({ state: 'failed', error: { code: 'auth.failed' } });
    }
    const run = await client.execute({ prompt: '[[say x]]', onOutage: 'fail' });
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'breaker.open', retryable: true, details: { scope: 'credential', cause: 'auth.failed' } },
      metering: null,
    });
    const waiting = await client.submit({ prompt: '[[say x]]' });
    await expect.poll(async () => (await client.run(waiting.id)).waitingFor).toBe('outage');
    await client.cancel(waiting.id);
  });
});
