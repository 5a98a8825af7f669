import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, type Run } from '@steward/client';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { readEvents, TextByHand } from './support/event-reader.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';

const TIMEOUT_MS = 180_000;
const isDelta = ({ type }: { type: string }): boolean => type === 'text.delta';
const callsOf = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.type === 'tool.started' ? [frame] : []));
const resumedOf = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => (frame.type === 'run.resumed' ? [frame.data] : []));

/** A worker dies, or sticks, with a run: another one goes on with it. */
describe('crash and resume', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(1);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** What a reader has in the end who was there all along, and one who comes later. */
  async function expectOneText(run: Run, frames: readonly Frame[]): Promise<void> {
    expectWhole(frames);
    const late = new TextByHand().add(
      await readEvents(`${cluster.front.url}/api/v1/claude/processes/${run.id}/events`),
    );
    expect(late.faults).toEqual([]);
    expect(late.text).toBe(run.result?.text);
  }

  /** One new worker, and none of those before it. */
  async function only(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const before = [...cluster.workers];
    await Promise.all([cluster.addWorker(env), ...before.map((worker) => worker.stop())]);
  }

  async function killCarrier(): Promise<void> {
    const worker = await cluster.carrying();
    await Promise.all([worker.stop('SIGKILL'), cluster.addWorker()]);
  }

  it('in mid-text: the void range is named, and the result is what a reader has', { timeout: TIMEOUT_MS }, async () => {
    const { id } = await cluster.client.submit({ prompt: '[[text n=120 delay=20]]' });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    await delay(400);
    await killCarrier();
    const frames = await whole;
    const run = await cluster.client.run(id);
    expect(run).toMatchObject({ state: 'completed', attempts: 2, error: null, waitingFor: null });
    // One run ended in its session, whatever became of its attempts.
    await expect.poll(async () => (await cluster.client.session(run.sessionId)).state).toBe('idle');
    await expect.poll(async () => (await cluster.client.session(run.sessionId)).runs).toBe(1);
    const [resumed] = resumedOf(frames);
    const voided = frames.filter(({ seq, type }) => type === 'text.delta' && seq <= resumed!.throughSeq!);
    expect(voided[0]!.fromSeq).toBe(resumed!.fromSeq);
    expect(resumed).toMatchObject({ attempt: 2, unknownTools: [] });
    expect(frames.map(({ type }) => type)).toContain('run.retrying');
    await expectOneText(run, frames);
  });

  it('in mid-tool: each tool acts once, and the model is told what nobody knows', { timeout: TIMEOUT_MS }, async () => {
    const calls = ['echo one >> effects', 'echo two >> effects; sleep 4', 'echo three >> effects'];
    const prompt = `${calls.map((call) => `[[bash ${call}]]`).join(' ')} [[say done]]`;
    const { id, sessionId } = await cluster.client.submit({ prompt });
    const { whole } = await followUntil(cluster.client, id, () => cluster.lines(sessionId, 'effects').length === 2);
    await expect.poll(() => cluster.lines(sessionId, 'effects'), { timeout: 20_000 }).toHaveLength(2);
    await delay(500);
    await killCarrier();
    const frames = await whole;
    const run = await cluster.client.run(id);
    expect(run).toMatchObject({ state: 'completed', attempts: 2, result: { text: 'done' } });
    expect(cluster.lines(sessionId, 'effects')).toEqual(['one', 'two', 'three']);
    const [resumed] = resumedOf(frames);
    expect(resumed!.unknownTools).toMatchObject([{ name: 'Bash', input: { command: calls[1] } }]);
    const asked = JSON.stringify(cluster.model.journal.findLast((entry) => entry.kind === 'step')?.body?.messages);
    expect(asked).toContain('The outcome of these tool calls is unknown');
    expect(asked).toContain(resumed!.unknownTools[0]!.toolUseId);
    await expectOneText(run, frames);
  });

  it('right when a tool begins: the log knows of it before it acts', { timeout: TIMEOUT_MS }, async () => {
    const { id, sessionId } = await cluster.client.submit({
      prompt: '[[bash echo x >> effects; sleep 3]] [[say done]]',
    });
    const { whole } = await followUntil(cluster.client, id, ({ type }) => type === 'tool.started');
    await killCarrier();
    const frames = await whole;
    expect(await cluster.client.run(id)).toMatchObject({ state: 'completed', result: { text: 'done' } });
    expect(cluster.lines(sessionId, 'effects').length).toBeLessThanOrEqual(1);
    expect(callsOf(frames)).toHaveLength(1);
    expect(resumedOf(frames)[0]!.unknownTools).toHaveLength(1);
  });

  it('between result and acknowledgement: nothing is asked again', { timeout: TIMEOUT_MS }, async () => {
    // Redis is away for a while, and the worker has to keep its lease until then.
    const patient = { STEWARD_SESSION_LEASE_MS: '9000', STEWARD_RENEW_DEADLINE_MS: '3000' };
    await only(patient);
    const { id, sessionId } = await cluster.client.submit({
      prompt: '[[bash echo x >> effects]] [[text n=60 delay=10]]',
    });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    const worker = await cluster.carrying();
    cluster.redis.signal('SIGSTOP');
    const answered = () => cluster.model.journal.findLast((entry) => entry.kind === 'step')?.finished;
    await expect.poll(answered, { timeout: 20_000 }).toBe(true);
    // The CLI has written its transcript, and its result; the log has not heard of either.
    await delay(500);
    const asked = cluster.model.journal.filter((entry) => entry.kind === 'step').length;
    await worker.stop('SIGKILL');
    cluster.redis.signal('SIGCONT');
    await cluster.addWorker();
    const frames = await whole;
    const run = await cluster.client.run(id);
    expect(run).toMatchObject({ state: 'completed', attempts: 2 });
    expect(run.result?.text).toHaveLength(Array.from({ length: 60 }, (_, n) => `w${n + 1} `).join('').length);
    expect(cluster.model.journal.filter((entry) => entry.kind === 'step')).toHaveLength(asked);
    expect(cluster.lines(sessionId, 'effects')).toEqual(['x']);
    await expectOneText(run, frames);
  });

  it('a worker that was only slow can neither write nor act any more', { timeout: TIMEOUT_MS }, async () => {
    const { id, sessionId } = await cluster.client.submit({
      prompt: '[[bash echo one >> effects]] [[text n=150 delay=20]] [[end]] [[bash echo two >> effects]] [[say done]]',
    });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    const slow = await cluster.carrying();
    slow.signal('SIGSTOP');
    await cluster.addWorker();
    const { type } = (await whole).at(-1)!;
    expect(type).toBe('run.completed');
    const ended = await cluster.client.run(id);
    const effects = cluster.lines(sessionId, 'effects');
    slow.signal('SIGCONT');
    await expect.poll(() => slow.output(), { timeout: 20_000 }).toMatch(/lost its run|could not be written/);
    expect(await cluster.client.run(id)).toEqual(ended);
    expectWhole(await collect(cluster.client.follow(id)));
    expect(cluster.lines(sessionId, 'effects')).toEqual(effects);
    expect(effects.filter((line) => line === 'one')).toHaveLength(1);
    expect(effects.filter((line) => line === 'two').length).toBeLessThanOrEqual(1);
  });

  it('a slow worker’s end does not let go of a run that another carries', { timeout: TIMEOUT_MS }, async () => {
    // What a worker tells of itself is a beat old: only one may be meant.
    await only();
    const { id } = await cluster.client.submit({ prompt: '[[text n=300 delay=20]]' });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    const slow = await cluster.carrying();
    slow.signal('SIGSTOP');
    const second = await cluster.addWorker();
    await followUntil(cluster.client, id, ({ type, data }) => type === 'run.started' && data['attempt'] === 2);
    slow.signal('SIGCONT');
    await expect.poll(() => slow.output(), { timeout: 20_000 }).toContain('could not be written');
    // What is still open is found again when its worker dies.
    await second.stop('SIGKILL');
    expectWhole(await whole);
    expect(await cluster.client.run(id)).toMatchObject({ state: 'completed', attempts: 3 });
  });

  it('a subagent’s call is told before it acts, as its own', { timeout: TIMEOUT_MS }, async () => {
    const { id } = await cluster.client.submit({ prompt: '[[agent [[bash echo inner]] [[say sub]]]] [[say done]]' });
    const calls = callsOf(await collect(cluster.client.follow(id))).map(({ data }) => data);
    expect(calls.map(({ name }) => name)).toEqual(['Agent', 'Bash']);
    expect(calls.map(({ parentToolUseId }) => parentToolUseId)).toEqual([null, calls[0]!.toolUseId]);
  });

  it('a run that outlasts every lock and lease stays one attempt', { timeout: TIMEOUT_MS }, async () => {
    // Longer than the lock of its job, and many times its lease.
    const { id } = await cluster.client.submit({ prompt: '[[text n=790 delay=20]]' });
    const frames = await collect(cluster.client.follow(id));
    expectWhole(frames);
    const run = await cluster.client.run(id);
    expect(run).toMatchObject({ state: 'completed', attempts: 1 });
    expect(Date.parse(run.endedAt!) - Date.parse(run.startedAt!)).toBeGreaterThan(15_000);
    expect(run.progress).toMatchObject({ turns: 1, toolCalls: 0 });
  });
});
