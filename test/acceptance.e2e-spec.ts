import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run } from '@steward/client';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { HoldingProxy } from './support/holding.proxy.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const TIMEOUT_MS = 120_000;
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

  it('an api that is killed when it has said 202: the run ends', { timeout: TIMEOUT_MS }, async () => {
    const run = await cluster.client.submit({ prompt: '[[say told]]' });
    await cluster.restartFront();
    await expectCompleted(run, 'told');
  });

  it(
    'killed when the record stands and nobody was told: the run ends, and the key finds it',
    { timeout: TIMEOUT_MS },
    async () => {
      const { hostname, port, password } = new URL(cluster.redis.url);
      await using proxy = await HoldingProxy.start({ host: hostname, port: Number(port) });
      const doomed = await ServerProcess.start({
        modelUrl: cluster.model.url,
        dataDir: cluster.dataDir,
        env: { REDIS_URL: `redis://:${password}@127.0.0.1:${proxy.port}`, STEWARD_ROLE: 'api' },
      });
      const call = { method: 'POST', body: { prompt: '[[say untold]]' }, headers: { 'idempotency-key': randomUUID() } };
      // Of what an api asks, only the script that accepts a run names the set of open runs.
      const accepted = proxy.holdAfter('steward:runs:open');
      const answer = send(doomed.url, SUBMIT, call).catch(() => null);
      await accepted;
      const known = async () => (await cluster.client.runs()).data;
      await expect.poll(async () => (await known()).length, { timeout: 20_000, interval: 20 }).toBe(2);
      await doomed.stop('SIGKILL');
      expect(await answer).toBeNull();
      await doomed[Symbol.asyncDispose]();
      const [run] = await known();
      await expectCompleted(run!, 'untold');
      // Who had been accepting under this key is given up after a while.
      const again = async () => JSON.parse((await send(cluster.front.url, SUBMIT, call)).text) as Run;
      await expect.poll(async () => (await again()).id, { timeout: 30_000, interval: 500 }).toBe(run!.id);
      expect(await known()).toHaveLength(2);
    },
  );
});
