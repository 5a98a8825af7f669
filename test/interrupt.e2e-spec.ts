import { type Frame, type Run } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole, textOf } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';
import { startedAs } from './support/warm.js';

const TIMEOUT_MS = 120_000;

const ofType =
  (type: string, activity?: string) =>
  (frame: Frame): boolean =>
    frame.type === type && (activity === undefined || (frame.data as { activity?: string }).activity === activity);

/** Every state in which PROTOCOL.md §5.2 says that the CLI can be interrupted: what it does, and when it has begun. */
const STATES: readonly (readonly [string, string, (frame: Frame) => boolean])[] = [
  ['text streams', '[[text n=400 delay=25]]', ofType('text.delta')],
  ['the model thinks', '[[think n=400 delay=25]] [[say x]]', ofType('thinking.delta')],
  ['no headers have come', '[[hang headers]]', ofType('run.progress', 'requesting')],
  ['the stream hangs', '[[hang stream after=3]]', ofType('text.delta')],
  ['a retry is waited for', '[[error 500]]', ofType('run.progress', 'api_retry')],
  ['a command runs', '[[bash sleep 60]]', ofType('tool.started')],
  ['a subagent works', '[[agent [[bash sleep 60]]]]', ofType('tool.started')],
  [
    'a tool is asked about',
    '[[tool WebFetch {"url":"http://127.0.0.1:1/","prompt":"x"}]]',
    ofType('approval.requested'),
  ],
  ['it has just begun', '[[text n=400 delay=25]]', ofType('run.started')],
];

/** An interrupt stops the work and keeps session and agent process, wherever it comes. */
describe('interrupt', () => {
  let server: ServerProcess;
  // On a busy machine the CLI takes its time; what is ended for that is not looked at here.
  const env = { STEWARD_API_MAX_RETRIES: '5', STEWARD_INTERRUPT_GRACE_MS: '5000' };
  withServer({ env }, (standing) => ({ server } = standing));

  /** What has to hold after it: the end, its reason, what was said, and the next run in the same process at once. */
  async function stopped(run: Run, frames: readonly Frame[]): Promise<void> {
    expectWhole(frames);
    expect(frames.at(-1)).toMatchObject({ type: 'run.cancelled', data: { error: { code: 'run.interrupted' } } });
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'cancelled', error: { code: 'run.interrupted' } });
    expect(ended.result?.text).toBe(textOf(frames));
    expect(await server.client().interrupt(run.id)).toEqual(ended);
    const next = await server.client().execute({ prompt: 'next [[say on it goes]]', sessionId: run.sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'on it goes' } });
    expect(await startedAs(server, next.id)).toBe('hot');
  }

  it.each(STATES)('over HTTP while %s', { timeout: TIMEOUT_MS }, async (_name, prompt, begun) => {
    const run = await server.client().submit({ prompt, approvals: 'ask' });
    const { whole } = await followUntil(server.client(), run.id, begun);
    await server.client().interrupt(run.id);
    await stopped(run, await whole);
  });

  it.each(STATES)('over Socket.IO while %s', { timeout: TIMEOUT_MS }, async (_name, prompt, begun) => {
    const client = new SocketClient(server.url);
    try {
      expect(await client.connected()).toBeNull();
      const { run } = await client.ask('claude:execute', { prompt, approvals: 'ask' });
      await followUntil(server.client(), run.id, begun);
      expect(await client.ask('claude:interrupt', { id: run.id })).toMatchObject({ ok: true, id: run.id });
      await expect.poll(() => client.ends.length, { timeout: 20_000 }).toBe(1);
      expect(client.ends[0]).toMatchObject({ event: 'claude:error', payload: { error: { code: 'run.interrupted' } } });
      await stopped(run, await collect(server.client().follow(run.id)));
    } finally {
      client.socket.close();
    }
  });

  it('one that waits for its turn never begins; another caller’s is not there', { timeout: TIMEOUT_MS }, async () => {
    const busy = await server.client().submit({ prompt: '[[text n=100 delay=20]]' });
    const waiting = await server.client().submit({ prompt: '[[say never]]', sessionId: busy.sessionId });
    expect(await server.client().interrupt(waiting.id)).toMatchObject({
      state: 'cancelled',
      attempts: 0,
      error: { code: 'run.interrupted' },
    });
    await server.client().interrupt(busy.id);
    await collect(server.client().follow(busy.id));
    await expect(server.client().interrupt('01980000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      code: 'run.not_found',
    });
  });

  it('busyPolicy interrupt goes next in the same process', { timeout: TIMEOUT_MS }, async () => {
    const busy = await server.client().submit({ prompt: '[[text n=400 delay=25]]' });
    const { whole } = await followUntil(server.client(), busy.id, ofType('text.delta'));
    const { sessionId } = busy;
    const next = await server.client().execute({ prompt: '[[say mine]]', sessionId, busyPolicy: 'interrupt' });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'mine' } });
    expect(await startedAs(server, next.id)).toBe('hot');
    expect((await whole).at(-1)).toMatchObject({ type: 'run.cancelled' });
  });
});
