import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run } from '@steward/client';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { HoldingProxy } from './support/holding.proxy.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const LONG = { timeout: 180_000 };
const SUBMIT = '/api/v1/claude/execute/async';

/** An api dies around the moment in which it accepts a run. */
describe('acceptance', () => {
  let cluster: Cluster;
  beforeAll(async () => (cluster = await Cluster.start(1)));
  afterAll(() => cluster[Symbol.asyncDispose]());

  async function expectCompleted(run: Run, text: string): Promise<void> {
    expectWhole(await collect(cluster.client.follow(run.id)));
    expect(await cluster.client.run(run.id)).toMatchObject({ state: 'completed', result: { text } });
  }

  it('an api that is killed when it has said 202: the run ends', LONG, async () => {
    const run = await cluster.client.submit({ prompt: '[[say told]]' });
    await cluster.restartFront();
    await expectCompleted(run, 'told');
  });

  /** An api that dies right behind something that it asks of Redis, without an answer. */
  async function killedBehind(text: string, call: object): Promise<void> {
    const { hostname, port, password } = new URL(cluster.redis.url);
    await using proxy = await HoldingProxy.start({ host: hostname, port: Number(port) });
    await using doomed = await ServerProcess.start({
      modelUrl: cluster.model.url,
      dataDir: cluster.dataDir,
      env: { REDIS_URL: `redis://:${password}@127.0.0.1:${proxy.port}`, STEWARD_ROLE: 'api' },
    });
    const asked = proxy.holdAfter(text);
    const answer = send(doomed.url, SUBMIT, call).catch(() => null);
    await asked;
    await doomed.stop('SIGKILL');
    expect(await answer).toBeNull();
  }

  it('killed when the record stands and nobody was told: the run ends, and the key finds it', LONG, async () => {
    const call = { method: 'POST', body: { prompt: '[[say untold]]' }, headers: { 'idempotency-key': randomUUID() } };
    const known = async () => (await cluster.client.runs()).data;
    const before = (await known()).length;
    // Of what an api asks, only the script that accepts a run names the set of open runs.
    await killedBehind('steward:runs:open', call);
    const [run, ...others] = await known();
    expect(others).toHaveLength(before);
    await expectCompleted(run!, 'untold');
    // Who had been accepting under this key is given up after a while.
    const again = async () => JSON.parse((await send(cluster.front.url, SUBMIT, call)).text) as Run;
    await expect.poll(async () => (await again()).id, { timeout: 30_000, interval: 500 }).toBe(run!.id);
    expect(await known()).toHaveLength(before + 1);
  });

  it('killed when only the session of the run stands: nothing stays of it', LONG, async () => {
    const sessions = async () => (await cluster.client.sessions({ limit: 200 })).data.length;
    const before = await sessions();
    await killedBehind('steward:sessions-by-use', { method: 'POST', body: { prompt: '[[say never]]' } });
    expect(await sessions()).toBe(before + 1);
    await expect.poll(sessions, { timeout: 90_000, interval: 1000 }).toBe(before);
    const { data } = await cluster.client.runs();
    expect(data.filter(({ endedAt }) => endedAt === null)).toEqual([]);
  });
});
