import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

/** What a session remembers, and who may work in it. */
describe('sessions', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer({ spares: true }, (standing) => ({ api, server } = standing));

  const lastRequest = () => JSON.stringify(api.journal.findLast((entry) => entry.kind === 'step')?.body?.messages);

  it('carries the first turn into the request of the second run', async () => {
    const first = await server.client().execute({ prompt: 'the word is marmalade [[say noted-it]]' });
    const second = await server.client().execute({ prompt: 'again [[say two]]', sessionId: first.sessionId });
    expect(second).toMatchObject({ state: 'completed', result: { text: 'two' }, sessionId: first.sessionId });
    expect(lastRequest()).toContain('the word is marmalade');
    expect(lastRequest()).toContain('noted-it');
    const session = () => server.client().session(first.sessionId);
    await expect.poll(session, { timeout: 3000 }).toMatchObject({ runs: 2, state: 'idle' });
  });

  it('counts usage and cost of each run alone, not since the start of the session', async () => {
    const prompt = '[[usage in=1000 out=100 cache-read=0 cache-write=0]] [[say ok]]';
    const first = await server.client().execute({ prompt });
    const second = await server.client().execute({ prompt, sessionId: first.sessionId });
    expect(first.usage).toMatchObject({ inputTokens: 1000, outputTokens: 100 });
    expect(second.usage).toEqual(first.usage);
    expect(Number(first.costUsd)).toBeGreaterThan(0);
    expect(second.costUsd).toBe(first.costUsd);
  });

  it('keeps two sessions apart', async () => {
    const [one, other] = await Promise.all([
      server.client().execute({ prompt: 'cinnamon [[bash echo one > mine.txt]] [[say a]]' }),
      server.client().execute({ prompt: 'saffron [[bash sleep 0.3; ls]] [[result]]' }),
    ]);
    expect(other.sessionId).not.toBe(one.sessionId);
    expect(other.result?.text).not.toContain('mine.txt');
    await server.client().execute({ prompt: 'go on [[say b]]', sessionId: one.sessionId });
    expect(lastRequest()).toContain('cinnamon');
    expect(lastRequest()).not.toContain('saffron');
  });

  it('runs two runs of one session in the order of their acceptance, never both at once', async () => {
    const { id: sessionId } = await server.client().createSession();
    const prompts = ['[[text n=20 delay=20]]', '[[bash echo b >> order.txt]] [[say second]]', '[[say third]]'];
    const runs = [];
    for (const prompt of prompts) runs.push(await server.client().submit({ prompt, sessionId }));
    await Promise.all(runs.map(async ({ id }) => expectWhole(await collect(server.client().follow(id)))));
    const ended = await Promise.all(runs.map(({ id }) => server.client().run(id)));
    expect(ended.map((run) => run.state)).toEqual(['completed', 'completed', 'completed']);
    for (const [index, run] of ended.entries()) {
      const before = ended[index - 1];
      if (before) expect(Date.parse(run.startedAt!)).toBeGreaterThanOrEqual(Date.parse(before.endedAt!));
    }
    expect(lastRequest()).toContain('second');
  });

  it.each([
    ['a path', '/api/v1/claude/sessions/%zz', {}, { field: 'path', reason: 'is not UTF-8 in percent-encoding' }],
    ['a body', '/api/v1/claude/sessions', { method: 'POST', body: '{' }, { field: '', reason: 'is not JSON in UTF-8' }],
  ])('says of %s that cannot be read that it is that', async (_what, path, request, error) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await send(server.url, path, { headers, ...request });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'request.invalid', errors: [error] });
  });

  it('is used by putting and removing files, not by reading them', async () => {
    const { id } = await server.client().createSession();
    const file = (method: string, body?: string) =>
      send(server.url, `/api/v1/claude/sessions/${id}/files/f`, { method, ...(body === undefined ? {} : { body }) });
    const lastUse = async () => Date.parse((await server.client().session(id)).lastUsedAt);
    const made = await lastUse();
    expect((await file('PUT', 'one')).status).toBe(201);
    const written = await lastUse();
    expect(written).toBeGreaterThan(made);
    expect((await file('GET')).status).toBe(200);
    expect(await lastUse()).toBe(written);
    expect((await file('DELETE')).status).toBeLessThan(300);
    expect(await lastUse()).toBeGreaterThan(written);
  });

  it('refuses a run of a busy session that does not want to wait', async () => {
    const { id, sessionId } = await server.client().submit({ prompt: '[[text n=100 delay=20]]' });
    const refused = server.client().submit({ prompt: 'x', sessionId, busyPolicy: 'reject' });
    await expect(refused).rejects.toMatchObject({ code: 'session.busy', problem: { status: 409 } });
    await server.client().cancel(id);
  });

  it('remembers across a restart of the server', async () => {
    const first = await server.client().execute({ prompt: 'the colour is vermilion [[say kept]]' });
    expect(await server.stop()).toBe(0);
    const again = await ServerProcess.start({ modelUrl: api.url, dataDir: server.dataDir });
    try {
      expect(await again.client().run(first.id)).toEqual(first);
      const second = await again.client().execute({ prompt: 'and now? [[say yes]]', sessionId: first.sessionId });
      expect(second).toMatchObject({ state: 'completed', result: { text: 'yes' } });
      expect(lastRequest()).toContain('the colour is vermilion');
      expect(lastRequest()).toContain('kept');
    } finally {
      await again.stop();
    }
  });
});
