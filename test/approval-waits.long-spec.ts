import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, type Run } from '@steward/client';
import { openApprovals } from './support/approving.js';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { type ServerProcess } from './support/server.process.js';

const TIMEOUT_MS = 400_000;
const ASK = { allowedTools: ['Read'], approvals: 'ask' } as const;
const APPEND = '[[bash echo x >> effects]] [[say done]]';

/** What waits for people costs nothing, and outlives those who asked. */
describe('approvals that wait', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(1, { STEWARD_WORKER_CONCURRENCY: '4', STEWARD_APPROVAL_HOLD_MS: '500' }, true);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const client = () => cluster.client;
  const parked = (run: Run) =>
    expect
      .poll(async () => (await client().run(run.id)).waitingFor, { timeout: 60_000, interval: 100 })
      .toBe('approval');

  async function endOf(run: Run): Promise<{ ended: Run; frames: Frame[] }> {
    const frames = await collect(client().follow(run.id));
    expectWhole(frames);
    return { ended: await client().run(run.id), frames };
  }

  it('after a while the run gives its process back, and goes on with the answer', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: APPEND, ...ASK });
    await parked(run);
    const [approval] = await openApprovals(client(), run.id);
    const waiting = await client().run(run.id);
    expect(waiting).toMatchObject({ state: 'pending', waitingUntil: approval!.deadline });
    expect(await cluster.workers[0]!.agentProcesses()).toEqual([]);
    await client().approve(run.id, approval!.id, { decision: 'allow' });
    const { ended, frames } = await endOf(run);
    expect(ended).toMatchObject({ state: 'completed', attempts: 2, result: { text: 'done' } });
    expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
    expect(await client().approvals(run.id)).toHaveLength(1);
    const types = frames.map(({ type }) => type);
    expect(types.filter((type) => /^approval|parked|resumed/.test(type))).toEqual([
      'approval.requested',
      'run.parked',
      'approval.resolved',
      'run.resumed',
    ]);
    const resumed = frames.find(({ type }) => type === 'run.resumed');
    expect(resumed?.data).toMatchObject({ unknownTools: [] });
  });

  it('exactly that call with exactly that input is granted, once', { timeout: TIMEOUT_MS }, async () => {
    const prompt = '[[bash echo x >> effects]] [[bash echo x >> effects]] [[say done]]';
    const run = await client().submit({ prompt, ...ASK });
    await parked(run);
    const [first] = await openApprovals(client(), run.id);
    await client().approve(run.id, first!.id, { decision: 'allow' });
    // The same once more is another question.
    const asked = async () => (await client().approvals(run.id)).length;
    await expect.poll(asked, { timeout: 60_000 }).toBe(2);
    expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
    const [second] = await openApprovals(client(), run.id);
    expect(second!.id).not.toBe(first!.id);
    await parked(run);
    await client().approve(run.id, second!.id, { decision: 'deny', message: 'once is enough' });
    expect((await endOf(run)).ended.state).toBe('completed');
    expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
  });

  it('ten that wait do not block a queue of four', { timeout: TIMEOUT_MS }, async () => {
    const asking = await Promise.all([...Array(10).keys()].map(() => client().submit({ prompt: APPEND, ...ASK })));
    const next = await client().execute({ prompt: '[[say free]]' });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'free' } });
    for (const run of asking) await parked(run);
    expect((await client().openApprovals({ limit: 3 })).data).toHaveLength(3);
    for (const run of asking) {
      const [approval] = await openApprovals(client(), run.id);
      await client().approve(run.id, approval!.id, { decision: 'allow' });
    }
    for (const run of asking) {
      expect((await endOf(run)).ended).toMatchObject({ state: 'completed' });
      expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
    }
  });

  it('a question, a plan and a refusal are answered after it, too', { timeout: TIMEOUT_MS }, async () => {
    const question = await client().submit({ prompt: '[[ask Which? | Red | Blue]] [[recall]]', approvals: 'ask' });
    const prompt = '[[tool ExitPlanMode {"plan":"p"}]] [[write a.txt | planned]] [[say done]]';
    const plan = await client().submit({ prompt, permissionMode: 'plan', approvals: 'ask' });
    const refused = await client().submit({ prompt: APPEND, ...ASK });
    const stopped = await client().submit({ prompt: APPEND, ...ASK });
    for (const run of [question, plan, refused, stopped]) await parked(run);
    const idOf = async (run: Run) => (await openApprovals(client(), run.id))[0]!.id;
    const answers = { 'Which?': 'Blue' };
    await client().approve(question.id, await idOf(question), { decision: 'answer', answers });
    await client().approve(plan.id, await idOf(plan), { decision: 'allow' });
    await client().approve(refused.id, await idOf(refused), { decision: 'deny', message: 'never' });
    await client().approve(stopped.id, await idOf(stopped), { decision: 'deny', stop: true });
    expect((await endOf(question)).ended).toMatchObject({ state: 'completed' });
    expect(JSON.stringify(cluster.model.journal.map(({ body }) => body))).toContain('Blue');
    expect((await endOf(plan)).ended.state).toBe('completed');
    expect(cluster.lines(plan.sessionId, 'a.txt')).toEqual(['planned']);
    expect((await endOf(refused)).ended.state).toBe('completed');
    expect(cluster.lines(refused.sessionId, 'effects')).toEqual([]);
    expect((await endOf(stopped)).ended).toMatchObject({ state: 'cancelled', error: { code: 'approval.stopped' } });
    expect(cluster.lines(stopped.sessionId, 'effects')).toEqual([]);
  });

  it('nobody answers while it waits: its deadline does', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: APPEND, ...ASK, approvalTimeoutMs: 3000 });
    await parked(run);
    const { ended, frames } = await endOf(run);
    expect(ended.state).toBe('completed');
    const resolved = frames.find(({ type }) => type === 'approval.resolved');
    expect(resolved?.data).toMatchObject({ decision: 'deny', by: 'timeout' });
    expect(cluster.lines(run.sessionId, 'effects')).toEqual([]);
  });

  it('a run that waits is cancelled, and interrupted, at once', { timeout: TIMEOUT_MS }, async () => {
    for (const verb of ['cancel', 'interrupt'] as const) {
      const run = await client().submit({ prompt: APPEND, ...ASK });
      await parked(run);
      expect(await client()[verb](run.id)).toMatchObject({ state: 'cancelled', waitingFor: null });
      expect((await client().approvals(run.id))[0]).toMatchObject({ state: 'resolved' });
      await endOf(run);
    }
  });

  /** One new worker, and none of those before it. */
  async function only(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const before = [...cluster.workers];
    const [worker] = await Promise.all([cluster.addWorker(env), ...before.map((one) => one.stop())]);
    return worker;
  }

  it(
    'who asked is killed, before the run was put back and after it, all is started anew, and the answer counts',
    { timeout: TIMEOUT_MS },
    async () => {
      const submit = () => client().submit({ prompt: APPEND, ...ASK });
      await only({ STEWARD_APPROVAL_HOLD_MS: '500' });
      const after = await submit();
      await parked(after);
      const worker = await only({ STEWARD_APPROVAL_HOLD_MS: '60000' });
      const before = await submit();
      await openApprovals(client(), before.id);
      await worker.stop('SIGKILL');
      await Promise.all([cluster.restartFront(), cluster.addWorker()]);
      for (const run of [before, after]) {
        await parked(run);
        const [approval] = await openApprovals(client(), run.id);
        await client().approve(run.id, approval!.id, { decision: 'allow' });
      }
      for (const run of [before, after]) {
        const { ended } = await endOf(run);
        expect(ended).toMatchObject({ state: 'completed', result: { text: 'done' } });
        expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
      }
    },
  );

  it(
    'what a person made of a call is what may have acted, when its worker dies with it',
    { timeout: TIMEOUT_MS },
    async () => {
      const run = await client().submit({ prompt: '[[bash echo theirs >> effects]] [[say done]]', ...ASK });
      const [approval] = await openApprovals(client(), run.id);
      const command = 'echo mine >> effects; sleep 60';
      await client().approve(run.id, approval!.id, { decision: 'allow', input: { command } });
      await expect.poll(() => cluster.lines(run.sessionId, 'effects'), { timeout: 60_000 }).toEqual(['mine']);
      const worker = await cluster.carrying();
      await Promise.all([worker.stop('SIGKILL'), cluster.addWorker()]);
      const { frames } = await endOf(run);
      const resumed = frames.find(({ type }) => type === 'run.resumed');
      expect(resumed?.data).toMatchObject({ unknownTools: [{ name: 'Bash', input: { command } }] });
      expect(cluster.lines(run.sessionId, 'effects')).toEqual(['mine']);
    },
  );

  it(
    'a worker that dies while people are waited for is no failure of the run, whether they answer before another is there or after it',
    { timeout: TIMEOUT_MS },
    async () => {
      const strict = { STEWARD_APPROVAL_HOLD_MS: '60000', STEWARD_RUN_ATTEMPTS: '1', STEWARD_RUN_WORKER_DEATHS: '1' };
      const worker = await only(strict);
      const runs = await Promise.all([1, 2].map(() => client().submit({ prompt: APPEND, ...ASK })));
      const [early, late] = runs as [Run, Run];
      for (const run of runs) await openApprovals(client(), run.id);
      await worker.stop('SIGKILL');
      const answer = async (run: Run) => {
        const [approval] = await openApprovals(client(), run.id);
        await client().approve(run.id, approval!.id, { decision: 'allow' });
      };
      await answer(early);
      await cluster.addWorker(strict);
      await parked(late);
      await answer(late);
      for (const run of runs) {
        expect((await endOf(run)).ended).toMatchObject({ state: 'completed', result: { text: 'done' } });
        expect(cluster.lines(run.sessionId, 'effects')).toEqual(['x']);
      }
    },
  );
});
