import { describe, expect, it } from 'vitest';
import { readEvents, type Seen, TextByHand } from './support/event-reader.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const API = '/api/v1/claude';

/** Streams of many runs, and readers that want less than everything. */
describe('wider and narrower streams', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  const url = (path: string) => `${server.url}${API}${path}`;
  const ends = (count: number) => (seen: readonly Seen[]) =>
    seen.filter(({ event }) => event === 'run.completed').length >= count;
  const runIds = (seen: readonly Seen[]) => [...new Set(seen.map(({ frame }) => frame.runId))];

  it('a session: run after run, from any position, until it is closed', async () => {
    const client = server.client();
    const session = await client.createSession();
    const live = readEvents(url(`/sessions/${session.id}/events`));
    const runs: { readonly id: string }[] = [];
    for (const word of ['one', 'two', 'three'])
      runs.push(await client.submit({ prompt: `[[say ${word}]]`, sessionId: session.id }));
    await expect.poll(async () => (await client.run(runs[2]!.id)).state, { timeout: 20_000 }).toBe('completed');
    const past = await readEvents(url(`/sessions/${session.id}/events`), { until: ends(3) });
    expect(runIds(past)).toEqual(runs.map(({ id }) => id));
    for (const { id } of runs) {
      const mine = new TextByHand().add(past.filter(({ frame }) => frame.runId === id));
      expect([mine.faults, mine.ends]).toEqual([[], ['run.completed']]);
    }
    const half = past[Math.floor(past.length / 2)]!;
    const rest = await readEvents(url(`/sessions/${session.id}/events`), {
      headers: { 'last-event-id': half.id },
      until: ends(half.frame.runId === runs[1]!.id ? 2 : 1),
    });
    expect(rest.map(({ id }) => id)).toEqual(past.slice(past.indexOf(half) + 1).map(({ id }) => id));
    await client.closeSession(session.id);
    // The one that was there from the start has everything, and its stream has ended.
    expect((await live).map(({ id }) => id)).toEqual(past.map(({ id }) => id));
    expect((await send(server.url, `${API}/sessions/${session.id}/events`)).problem?.code).toBe('session.not_found');
  });

  it('everything of one caller, without deltas, over HTTP and the socket', async () => {
    const socket = new SocketClient(server.url);
    const wide: Record<string, unknown>[] = [];
    for (const event of ['claude:progress', 'claude:complete', 'claude:error'] as const)
      socket.socket.on(event, (frame: unknown) => wide.push(frame as Record<string, unknown>));
    expect(await socket.ask('claude:subscribe', { feed: true, after: 'end' })).toEqual({
      ok: true,
      feed: true,
      position: expect.stringMatching(/^\d+-\d+$/),
    });
    const before = readEvents(url('/events?after=end'), { until: ends(2) });
    // Wait until that one reads: what comes from now on is its.
    await new Promise((done) => setTimeout(done, 300));
    const runs = await Promise.all(['a', 'b'].map((word) => server.client().submit({ prompt: `[[say ${word}]]` })));
    const seen = await before;
    expect(new Set(runIds(seen))).toEqual(new Set(runs.map(({ id }) => id)));
    expect(seen.some(({ event }) => event.endsWith('.delta'))).toBe(false);
    for (const { id } of runs) {
      const mine = seen.filter(({ frame }) => frame.runId === id);
      expect(mine[0]?.event).toBe('run.queued');
      expect(mine.map(({ frame }) => frame.fromSeq)).toEqual([
        1,
        ...mine.slice(0, -1).map(({ frame }) => frame.seq! + 1),
      ]);
    }
    await expect.poll(() => wide.filter(({ run }) => run).length, { timeout: 10_000 }).toBe(2);
    expect(wide.map(({ position }) => position)).toEqual(seen.map(({ id }) => id));
    expect(wide.every(({ stream, id, runId }) => stream === 'feed' && id === runId)).toBe(true);
    const again = await readEvents(url('/events?types=run.completed'), {
      headers: { 'last-event-id': seen[0]!.id },
      until: ends(2),
    });
    expect(again.map(({ event }) => event)).toEqual(['run.completed', 'run.completed']);
    expect(await socket.ask('claude:unsubscribe', { feed: true })).toEqual({ ok: true, feed: true, followed: true });
    socket.close();
  });

  it('a session over the socket', async () => {
    const session = await server.client().createSession();
    await server.client().execute({ prompt: '[[say past]]', sessionId: session.id });
    const socket = new SocketClient(server.url);
    const answer = await socket.ask<{ ok: boolean; session: { id: string } }>('claude:subscribe', {
      sessionId: session.id,
      types: ['run.*'],
    });
    expect(answer).toMatchObject({ ok: true, sessionId: session.id, session: { id: session.id } });
    await server.client().execute({ prompt: '[[say live]]', sessionId: session.id });
    await expect.poll(() => socket.ends.length, { timeout: 10_000 }).toBe(2);
    expect(socket.ends.map(({ payload }) => payload.run.result?.text)).toEqual(['past', 'live']);
    expect(socket.ends[0]!.payload).toMatchObject({ stream: `session:${session.id}`, position: expect.any(String) });
    socket.close();
  });

  it('filters by type and without deltas, on every transport, and still shows that nothing is missing', async () => {
    const { id } = await server.client().execute({ prompt: '[[bash echo hi]] [[text n=20]]' });
    const path = `/processes/${id}/events`;
    const whole = await readEvents(url(path));
    const cases: [string, string, (type: string) => boolean][] = [
      ['types=text.delta,tool.*', 'text.delta', (type) => /^(text\.delta|tool\..*)$/.test(type)],
      ['deltas=false', 'message', (type) => !type.endsWith('.delta')],
      ['types=*&deltas=false', 'message', (type) => !type.endsWith('.delta')],
      ['types=run.queued', 'run.queued', (type) => type === 'run.queued'],
    ];
    for (const [query, some, wanted] of cases) {
      const seen = await readEvents(url(`${path}?${query}`));
      const expected = whole.filter(({ event }) => wanted(event) || event === 'run.completed');
      expect(seen.map(({ event }) => event)).toEqual(expected.map(({ event }) => event));
      expect(seen.map(({ event }) => event)).toContain(some);
      expect(new TextByHand().add(seen).faults).toEqual([]);
      const page = await send(server.url, `${API}${path}?${query}`, { headers: { accept: 'application/json' } });
      const { data } = JSON.parse(page.text) as { data: Seen['frame'][] };
      expect(data).toEqual(seen.map(({ frame }) => frame));
    }
    const socket = new SocketClient(server.url);
    await socket.ask('claude:subscribe', { id, types: ['tool.*'], deltas: false });
    await socket.end(id);
    expect(socket.framesOf(id).map(({ type }) => type)).toEqual(['tool.started', 'tool.finished', 'run.completed']);
    socket.close();
  });

  it('gives the raw messages of the CLI where the request asks for them', async () => {
    const read = async (rawMessages?: 'whole' | 'all') => {
      const { id } = await server.client().execute({ prompt: '[[text n=5]]', ...(rawMessages ? { rawMessages } : {}) });
      const seen = await readEvents(url(`/processes/${id}/events`));
      expect(new TextByHand().add(seen).faults).toEqual([]);
      return seen
        .filter(({ event }) => event === 'raw')
        .map(({ frame }) => (frame.data['message'] as { type: string }).type);
    };
    expect(await read()).toEqual([]);
    const whole = await read('whole');
    expect(whole).toContain('assistant');
    expect(whole.at(-1)).toBe('result');
    expect(whole).not.toContain('stream_event');
    expect((await read('all')).filter((type) => type === 'stream_event').length).toBeGreaterThan(5);
  });

  it.each([
    ['/processes/:id/events?types=nonsense', 'types'],
    ['/processes/:id/events?types=', 'types'],
    ['/processes/:id/events?deltas=maybe', 'deltas'],
    ['/sessions/:session/events?after=7', 'after'],
    ['/sessions/:session/events?after=', 'after'],
    ['/events?after=x-y', 'after'],
    ['/events?types=text', 'types'],
    ['/events?deltas=false', 'deltas'],
  ])('refuses %s', async (path, field) => {
    const { id, sessionId } = await server.client().execute({ prompt: '[[say x]]' });
    const answer = await send(server.url, API + path.replace(':id', id).replace(':session', sessionId));
    expect([answer.status, answer.problem?.code, answer.problem?.errors[0]?.field]).toEqual([
      400,
      'request.invalid',
      field,
    ]);
  });

  it.each([
    [{}, 'id'],
    [{ id: 'x', feed: true }, 'id'],
    [{ feed: false }, 'id'],
    [{ feed: true, after: 7 }, 'after'],
    [{ feed: true, after: 'abc' }, 'after'],
    [{ feed: true, types: [] }, 'types'],
    [{ feed: true, types: ['nonsense'] }, 'types'],
    [{ feed: 'yes' }, 'feed'],
  ])('refuses claude:subscribe with %j', async (body, field) => {
    const socket = new SocketClient(server.url);
    const answer = await socket.ask('claude:subscribe', body);
    expect([answer.ok, answer.error.code, answer.error.errors[0]?.field]).toEqual([false, 'request.invalid', field]);
    socket.close();
  });
});
