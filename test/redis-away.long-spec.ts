import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';

const TIMEOUT_MS = 180_000;
const isDelta = ({ type }: { type: string }): boolean => type === 'text.delta';

/** Redis goes away under workers that have runs. */
describe('a Redis that is away', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(2, { STEWARD_SESSION_LEASE_MS: '12000', STEWARD_RENEW_DEADLINE_MS: '6000' }, true);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const answers = (prompt: string) =>
    cluster.model.journal.filter((entry) => entry.kind === 'step' && entry.finished && entry.prompt.includes(prompt));

  it('text goes on, tools wait at their barrier, and nobody takes over', { timeout: TIMEOUT_MS }, async () => {
    const { id, sessionId } = await cluster.client.submit({
      prompt: '[[reply [[text n=60 delay=20]] [[bash echo x >> effects]]]] [[say amber]]',
    });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    cluster.redis.signal('SIGSTOP');
    const stoppedAt = Date.now();
    try {
      await expect.poll(() => answers('amber'), { timeout: 20_000 }).toHaveLength(1);
      await delay(1000);
      expect(cluster.lines(sessionId, 'effects')).toEqual([]);
    } finally {
      cluster.redis.signal('SIGCONT');
    }
    const backAt = Date.now();
    const frames = await whole;
    expectWhole(frames);
    // What the model said meanwhile was taken when it came, up to the call that waited.
    const meanwhile = frames.filter(({ at }) => Date.parse(at) > stoppedAt + 300 && Date.parse(at) < backAt);
    expect(meanwhile.map(({ type }) => type)).toEqual(expect.arrayContaining(['text.delta', 'tool.started']));
    expect(await cluster.client.run(id)).toMatchObject({ state: 'completed', attempts: 1, result: { text: 'amber' } });
    expect(cluster.lines(sessionId, 'effects')).toEqual(['x']);
  });

  it('one that is away beyond the lease costs an attempt and no effect', { timeout: TIMEOUT_MS }, async () => {
    const { id, sessionId } = await cluster.client.submit({
      // Longer than Redis is away: what is whole before the lease is lost needs no other attempt.
      prompt: '[[bash echo x >> effects]] [[text n=900 delay=20]]',
    });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    cluster.redis.signal('SIGSTOP');
    await delay(13_000);
    cluster.redis.signal('SIGCONT');
    const frames = await whole;
    expectWhole(frames);
    expect(await cluster.client.run(id)).toMatchObject({ state: 'completed', attempts: 2 });
    expect(cluster.lines(sessionId, 'effects')).toEqual(['x']);
  });

  it('one that is killed is told at once, and what was accepted is not lost', { timeout: TIMEOUT_MS }, async () => {
    const startAt = new Date(Date.now() + 8000).toISOString();
    const running = await cluster.client.submit({ prompt: '[[bash echo x >> effects]] [[text n=200 delay=20]]' });
    await followUntil(cluster.client, running.id, isDelta);
    const accepted = [running.id];
    for (let n = 0; n < 12; n += 1) {
      const options = n % 3 === 0 ? { startAt } : n % 3 === 1 ? { sessionId: running.sessionId } : {};
      accepted.push((await cluster.client.submit({ prompt: `[[say ${n}]]`, ...options })).id);
    }
    await cluster.redis.kill();
    const path = '/api/v1/claude/execute/async';
    const refused = await send(cluster.front.url, path, { method: 'POST', body: { prompt: '[[say x]]' } });
    expect(refused).toMatchObject({ status: 503, problem: { code: 'queue.unavailable', retryable: true } });
    await cluster.redis.startAgain();
    await expect.poll(() => cluster.client.run(running.id).catch(() => null), { timeout: 20_000 }).not.toBeNull();
    for (const id of accepted) {
      expectWhole(await collect(cluster.client.follow(id)));
      expect(await cluster.client.run(id)).toMatchObject({ state: 'completed' });
    }
    expect(cluster.lines(running.sessionId, 'effects')).toEqual(['x']);
    expect(await cluster.client.execute({ prompt: '[[say new]]' })).toMatchObject({ result: { text: 'new' } });
  });
});
