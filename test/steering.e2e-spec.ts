import { type Frame, type InputAnswer, type Run, type RunInput } from '@steward/client';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole, textOf } from './support/frames.js';
import { SocketClient } from './support/socket.js';

const TIMEOUT_MS = 200_000;
const isDelta = ({ type }: Frame): boolean => type === 'text.delta';
const isTool = ({ type }: Frame): boolean => type === 'tool.started';

/** What is said to a run while it works: by another process than the one that carries it, once, in order. */
describe('steering', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(1, { STEWARD_RUN_MAX_INPUTS: '20' });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  const client = () => cluster.client;

  const ways: readonly (readonly [string, (run: Run, input: RunInput) => Promise<InputAnswer>])[] = [
    ['HTTP', (run, input) => client().input(run.id, input)],
    [
      'Socket.IO',
      async (run, input) => {
        const socket = new SocketClient(cluster.front.url);
        try {
          expect(await socket.connected()).toBeNull();
          const told = await socket.ask<InputAnswer & { ok: boolean }>('claude:input', { id: run.id, ...input });
          expect(told).toMatchObject({ ok: true });
          return told;
        } finally {
          socket.socket.close();
        }
      },
    ],
  ];

  async function endOf(run: Run, whole: Promise<Frame[]>): Promise<{ ended: Run; frames: Frame[] }> {
    const frames = await whole;
    expectWhole(frames);
    return { ended: await client().run(run.id), frames };
  }
  const heard = (frames: readonly Frame[]) =>
    frames.flatMap((frame) => (frame.type === 'input.accepted' ? [frame.data.text] : []));

  describe.each(ways)('over %s', (_name, say) => {
    it('while text streams: its answer belongs to the run', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[text n=60 delay=25]]' });
      const { whole } = await followUntil(client(), run.id, isDelta);
      expect(await say(run, { text: 'also [[say this]]' })).toMatchObject({ run: { id: run.id } });
      const { ended, frames } = await endOf(run, whole);
      expect(ended).toMatchObject({ state: 'completed', result: { text: 'this' } });
      expect(textOf(frames)).toMatch(/^w1 .*w60 this$/);
      expect(heard(frames)).toEqual(['also [[say this]]']);
    });

    it('while a tool runs: the turn under way takes it', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[bash sleep 2]] [[say old]]' });
      const { whole } = await followUntil(client(), run.id, isTool);
      await say(run, { text: 'rather [[say new]]' });
      const { ended } = await endOf(run, whole);
      expect(ended).toMatchObject({ state: 'completed', result: { text: 'new' } });
    });
  });

  it('many from many at once: each once, in the order in which they came', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[bash sleep 3]] [[say old]]' });
    const { whole } = await followUntil(client(), run.id, isTool);
    const ids = [...Array(12).keys()].map((n) => ({ inputId: uuid(), text: `n${n} [[say heard ${n}]]` }));
    const twice = [...ids, ...ids].map((input) => client().input(run.id, input));
    expect((await Promise.all(twice)).map(({ inputId }) => inputId).toSorted()).toEqual(
      [...ids, ...ids].map(({ inputId }) => inputId).toSorted(),
    );
    const { ended, frames } = await endOf(run, whole);
    expect(ended.state).toBe('completed');
    const told = heard(frames);
    expect(told.toSorted()).toEqual(ids.map(({ text }) => text).toSorted());
    // The last one was the last that the model heard.
    expect(told.at(-1)).toContain(`[[say ${ended.result?.text}]]`);
  });

  it('at two dozen moments around the end: answered, or refused', { timeout: TIMEOUT_MS }, async () => {
    const outcomes = await Promise.all(
      [...Array(24).keys()].map(async (n) => {
        const run = await client().submit({ prompt: `[[text n=${20 + n} delay=5]]` });
        const { whole } = await followUntil(client(), run.id, isDelta);
        await new Promise((resolve) => setTimeout(resolve, n * 12));
        const told = await client()
          .input(run.id, { text: `[[say late-${n}]]` })
          .then(
            () => 'accepted',
            (error: { code: string }) => error.code,
          );
        const { ended, frames } = await endOf(run, whole);
        expect(ended.state).toBe('completed');
        expect(textOf(frames).endsWith(`late-${n}`)).toBe(told === 'accepted');
        expect(heard(frames)).toHaveLength(told === 'accepted' ? 1 : 0);
        return told;
      }),
    );
    expect(new Set(outcomes.filter((told) => told !== 'accepted'))).toEqual(new Set(['input.run_ended']));
  });

  it('to an ended run: refused, or a run of its own', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().execute({ prompt: '[[say first]]' });
    await expect(client().input(run.id, { text: 'x' })).rejects.toMatchObject({ code: 'input.run_ended', status: 409 });
    const inputId = uuid();
    const again = { text: '[[say second]]', ifEnded: 'enqueue', inputId } as const;
    const made = await client().input(run.id, again);
    expect(made.run.id).not.toBe(run.id);
    expect(made.run.sessionId).toBe(run.sessionId);
    expect((await client().input(run.id, again)).run.id).toBe(made.run.id);
    expect(await client().result(made.run.id)).toMatchObject({ state: 'completed', result: { text: 'second' } });
  });

  it('busyPolicy steer answers the run that has the prompt', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[text n=60 delay=25]]' });
    const { whole } = await followUntil(client(), run.id, isDelta);
    const request = { prompt: '[[say steered]]', sessionId: run.sessionId, busyPolicy: 'steer' } as const;
    const options = { idempotencyKey: uuid() };
    expect((await client().submit(request, options)).id).toBe(run.id);
    expect((await client().submit(request, options)).id).toBe(run.id);
    const { ended, frames } = await endOf(run, whole);
    expect(ended.result?.text).toBe('steered');
    expect(heard(frames)).toHaveLength(1);
    const alone = await client().execute({ ...request, prompt: '[[say alone]]' });
    expect(alone.id).not.toBe(run.id);
    expect(alone).toMatchObject({ state: 'completed', result: { text: 'alone' } });
  });

  it('bounded, and nobody else’s', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[bash sleep 5]] [[say x]]' });
    await followUntil(client(), run.id, isTool);
    for (let n = 0; n < 20; n += 1) await client().input(run.id, { text: `n${n}` });
    await expect(client().input(run.id, { text: 'more' })).rejects.toMatchObject({ code: 'input.too_many' });
    await expect(client().input(uuid(), { text: 'x' })).rejects.toMatchObject({ code: 'run.not_found' });
    await expect(client().input(run.id, { text: ' ' })).rejects.toMatchObject({ code: 'request.invalid' });
    // What waits does not go on behind an interrupt.
    await client().interrupt(run.id);
    await collect(client().follow(run.id));
    const next = await client().execute({ prompt: '[[say next]]', sessionId: run.sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'next' } });
  });

  it('accepted is answered, though its worker is killed', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[bash sleep 4]] [[say old]]' });
    const { whole } = await followUntil(client(), run.id, isTool);
    await client().input(run.id, { text: '[[say survived]]' });
    await cluster.workers.at(-1)!.stop('SIGKILL');
    await cluster.addWorker();
    const { ended, frames } = await endOf(run, whole);
    expect(ended).toMatchObject({ state: 'completed', result: { text: 'survived' } });
    expect(heard(frames)).toHaveLength(1);
  });
});
