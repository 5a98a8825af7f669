import { type Frame, type Run } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** Far above what it takes, and far below any time-out: a busy machine must not fail on it. */
const WITHIN_MS = 6000;

/** A user ends a run: at once, wherever it is, with nothing left over and its session usable. */
describe('cancel', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer({ cold: true, env: { STEWARD_WORKER_CONCURRENCY: '1' } }, (standing) => ({ api, server } = standing));

  const until = (run: Run, wanted: (frame: Frame) => boolean) => followUntil(server.client(), run.id, wanted);

  /** Cancels, measures at the client until the terminal event is there, and checks what must hold after it. */
  async function cancelled(run: Run, whole: Promise<Frame[]>): Promise<void> {
    const asked = performance.now();
    await server.client().cancel(run.id);
    const all = await whole;
    const took = performance.now() - asked;
    expect(all.at(-1)).toMatchObject({ type: 'run.cancelled', data: { error: { code: 'run.cancelled' } } });
    expectWhole(all);
    expect(took).toBeLessThan(WITHIN_MS);
    expect(await server.agentProcesses()).toEqual([]);
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'cancelled', error: { code: 'run.cancelled' } });
    expect(ended.endedAt).not.toBeNull();
    // Ended is ended: asking again changes nothing.
    expect(await server.client().cancel(run.id)).toEqual(ended);
  }

  /** A completed run is told before its process is gone; the next case must not take that one for its own. */
  const idle = () => expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);

  /** The session goes on and knows what was before. */
  async function goesOn(sessionId: string, remembers: string): Promise<void> {
    const next = await server.client().execute({ prompt: 'next [[say still-here]]', sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'still-here' } });
    const request = api.journal.findLast((entry) => entry.kind === 'step')?.body;
    expect(JSON.stringify(request?.messages)).toContain(remembers);
    await idle();
  }

  it('ends a run that waits for its turn, and the one that has it goes on', async () => {
    const busy = await server.client().submit({ prompt: '[[text n=50 delay=20]]' });
    const waiting = await server.client().submit({ prompt: '[[say never]]' });
    const frames = collect(server.client().follow(waiting.id));
    const asked = performance.now();
    expect(await server.client().cancel(waiting.id)).toMatchObject({ state: 'cancelled', attempts: 0 });
    expectWhole(await frames);
    expect(performance.now() - asked).toBeLessThan(WITHIN_MS);
    expect((await collect(server.client().follow(busy.id))).at(-1)).toMatchObject({ type: 'run.completed' });
    expect(api.journal.some((entry) => entry.prompt.includes('never'))).toBe(false);
    const next = await server.client().execute({ prompt: '[[say fresh]]', sessionId: waiting.sessionId });
    expect(next.result?.text).toBe('fresh');
  });

  it('ends a run while the model streams', async () => {
    const run = await server.client().submit({ prompt: 'remember ochre [[text n=2000 delay=20]]' });
    const { whole } = await until(run, (frame) => frame.type === 'text.delta');
    await cancelled(run, whole);
    await goesOn(run.sessionId, 'remember ochre');
  });

  it('ends a run while the model says nothing yet', async () => {
    const run = await server.client().submit({ prompt: 'remember sepia [[hang headers]]' });
    const { whole } = await until(
      run,
      (frame) => frame.type === 'run.progress' && frame.data.activity === 'requesting',
    );
    await cancelled(run, whole);
    await goesOn(run.sessionId, 'remember sepia');
  });

  it.each([
    ['in the foreground', 'sleep 300'],
    ['in a session of its own', 'setsid sleep 300 & nohup sleep 301 > /dev/null 2>&1 & setsid sleep 302'],
    ['deaf to SIGTERM', "trap '' TERM INT HUP; while true; do sleep 1; done"],
  ])('ends a run while Bash works %s', async (_name, command) => {
    const run = await server.client().submit({ prompt: `remember umber [[bash ${command}]] [[say never]]` });
    const { whole } = await until(run, (frame) => frame.type === 'tool.started');
    await expect.poll(async () => (await server.agentProcesses()).length, { timeout: 10_000 }).toBeGreaterThan(4);
    await cancelled(run, whole);
    await goesOn(run.sessionId, 'remember umber');
  });

  it('ends a run whose CLI is only starting', async () => {
    await idle();
    const run = await server.client().submit({ prompt: '[[say never]]' });
    await expect.poll(async () => (await server.agentProcesses()).length, { interval: 5 }).toBeGreaterThan(0);
    await cancelled(run, collect(server.client().follow(run.id)));
    const next = await server.client().execute({ prompt: '[[say fresh]]', sessionId: run.sessionId });
    expect(next.result?.text).toBe('fresh');
  });

  it('ends a run once, however often and at once it is asked', async () => {
    const run = await server.client().submit({ prompt: '[[text n=2000 delay=20]]' });
    const { whole } = await until(run, (frame) => frame.type === 'text.delta');
    await Promise.all(Array.from({ length: 5 }, () => server.client().cancel(run.id)));
    const all = await whole;
    expectWhole(all);
    expect(all.at(-1)?.type).toBe('run.cancelled');
  });

  it('answers a cancel of a completed run with the run as it is', async () => {
    const run = await server.client().execute({ prompt: '[[say done]]' });
    expect(await server.client().cancel(run.id)).toEqual(run);
  });
});
