import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { type Frame } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { expectWhole, textOf } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const PATH = '/api/v1/claude/execute/stream';

/** `POST /execute/stream`: one request, and the run's events are its answer. */
describe('a run in one answer', () => {
  let server: ServerProcess;

  withServer(
    { env: { STEWARD_HEARTBEAT_MS: '150', STEWARD_MAX_CONNECTIONS_PER_PRINCIPAL: '2' } },
    (standing) => ({ server } = standing),
  );

  const post = (body: object, headers: Record<string, string> = {}) =>
    send(server.url, PATH, { method: 'POST', body, headers });
  const framesOf = (text: string): Frame[] =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as Frame);
  const runOf = async (test: string) =>
    (await server.client().runs()).data.find((run) => run.metadata['test'] === test);

  /** Begins and leaves the answer to whoever reads it. */
  async function open(body: object): Promise<IncomingMessage> {
    const request = httpRequest(server.url + PATH, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json' },
    });
    request.end(JSON.stringify(body));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  }

  it('has every event of it, as whoever follows it later gets them', async () => {
    const answer = await post({ prompt: '[[text n=30 delay=10]]' });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    const frames = framesOf(answer.text);
    expectWhole(frames);
    const [{ runId }] = frames as [Frame];
    expect(answer.headers['location']).toBe(`/api/v1/claude/processes/${runId}`);
    const later = await collect(server.client().follow(runId));
    expect(frames).toEqual(later);
    expect(textOf(frames)).toBe((await server.client().run(runId)).result?.text);
  });

  it('is a problem, and no run, where the request is wrong or there are too many readers', async () => {
    const wrong = await post({ promt: 'x', metadata: { test: 'wrong' } });
    expect([wrong.status, wrong.problem.code]).toEqual([400, 'request.invalid']);
    expect(wrong.headers['content-type']).toContain('application/problem+json');
    const unknown = await post({ prompt: 'x', sessionId: '01a20104-f5a9-71e6-82af-6455d7c78a1b' });
    expect([unknown.status, unknown.problem.code]).toEqual([404, 'session.not_found']);
    const busy = [await open({ prompt: '[[pause 3000]]' }), await open({ prompt: '[[pause 3000]]' })];
    const third = await post({ prompt: '[[say third]]', metadata: { test: 'third' } });
    expect([third.status, third.problem.code]).toEqual([429, 'stream.too_many_connections']);
    expect(await runOf('third')).toBeUndefined();
    for (const answer of busy) answer.destroy();
    await expect.poll(async () => (await post({ prompt: '[[say again]]' })).status, { timeout: 5000 }).toBe(200);
  });

  it('is the same run again for the same key, from its first event', async () => {
    const body = { prompt: '[[say once]]' };
    const [first, second] = [
      await post(body, { 'idempotency-key': 'stream-once' }),
      await post(body, { 'idempotency-key': 'stream-once' }),
    ];
    expect(framesOf(second.text)).toEqual(framesOf(first.text));
    const other = await post({ prompt: '[[say other]]' }, { 'idempotency-key': 'stream-once' });
    expect(other.problem.code).toBe('idempotency.conflict');
  });

  it('goes on without its reader, or is cancelled, as the request says', async () => {
    for (const [onDisconnect, state] of [
      ['cancel', 'cancelled'],
      [undefined, 'completed'],
    ] as const) {
      const test = onDisconnect ?? 'nothing';
      const answer = await open({ prompt: '[[text n=60 delay=20]]', metadata: { test }, onDisconnect });
      await once(answer, 'data');
      await expect.poll(async () => (await runOf(test))?.state, { timeout: 5000 }).toBe('running');
      answer.destroy();
      await expect.poll(async () => (await runOf(test))?.state, { timeout: 10_000 }).toBe(state);
    }
  });

  it('tells at once of a run that waits, beats meanwhile, and hears that it was cancelled', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const answer = await open({ prompt: '[[say never]]', startAt });
    const ended = once(answer, 'end');
    let text = '';
    answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await expect.poll(() => text, { timeout: 3000 }).toContain('event: run.queued');
    // Longer than a reader of a new run takes its log for known.
    await expect.poll(() => text.split(':\n\n').length, { timeout: 5000 }).toBeGreaterThan(9);
    await server.client().cancel(framesOf(text)[0]!.runId);
    await ended;
    expect(framesOf(text).map(({ type }) => type)).toEqual(['run.queued', 'run.cancelled']);
  });
});
