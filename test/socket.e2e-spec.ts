import { hashKey, newKey } from '@steward/identity';
import { afterEach, describe, expect, it } from 'vitest';
import { expectWhole, textOf } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const UNKNOWN = '01988888-8888-7888-8888-888888888888';
const [annKey, bobKey] = [newKey(), newKey()];

/** The same work over Socket.IO. */
describe('Socket.IO', () => {
  let server: ServerProcess;
  const open: SocketClient[] = [];

  withServer(
    { env: { STEWARD_API_KEYS: `ann:acme:user:${hashKey(annKey)},bob:acme:user:${hashKey(bobKey)}` } },
    (standing) => ({ server } = standing),
  );
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });

  async function connect(token = annKey): Promise<SocketClient> {
    const client = new SocketClient(server.url, { token });
    open.push(client);
    expect(await client.connected()).toBeNull();
    return client;
  }

  it('runs a prompt: queued, progress without a gap, complete', async () => {
    const client = await connect();
    const { ok, id, run } = await client.ask('claude:execute', { prompt: '[[text n=30 delay=5]]' });
    expect(ok).toBe(true);
    expect(run).toMatchObject({ id, owner: { tenant: 'acme', user: 'ann' } });
    const { event, payload } = await client.end(id);
    expect(event).toBe('claude:complete');
    expect(payload).toMatchObject({ type: 'run.completed', run: { id, state: 'completed' } });
    expect(payload.run.result?.text).toBe(textOf(client.framesOf(id)));
    expectWhole(client.framesOf(id));
    expect(client.places.every((place) => place.id === id && place.position >= 1)).toBe(true);
  });

  it('tells a failed and a cancelled run by claude:error', async () => {
    const client = await connect();
    const failed = await client.ask('claude:execute', { prompt: '[[error 400]]' });
    const cancelled = await client.ask('claude:execute', { prompt: '[[text n=2000 delay=20]]' });
    await expect.poll(() => textOf(client.framesOf(cancelled.id)), { timeout: 10_000 }).not.toBe('');
    expect((await client.ask('claude:status', { id: cancelled.id })).run.state).toBe('running');
    const asked = performance.now();
    expect(await client.ask('claude:cancel', { id: cancelled.id })).toMatchObject({ ok: true, id: cancelled.id });
    const end = await client.end(cancelled.id);
    expect(performance.now() - asked).toBeLessThan(3000);
    expect(end).toMatchObject({ event: 'claude:error', payload: { error: { code: 'run.cancelled' } } });
    expect(await client.end(failed.id)).toMatchObject({
      event: 'claude:error',
      payload: { run: { state: 'failed' }, error: { code: 'model.invalid_request' } },
    });
    expectWhole(client.framesOf(cancelled.id));
    expectWhole(client.framesOf(failed.id));
  });

  it('replays from any position and goes on live, to any number of sockets', async () => {
    const [first, second, third] = [await connect(), await connect(), await connect()];
    const { id } = await first.ask('claude:execute', { prompt: '[[text n=60 delay=15]]' });
    await expect.poll(() => first.framesOf(id).length, { timeout: 10_000, interval: 10 }).toBeGreaterThan(10);
    expect(await second.ask('claude:subscribe', { id })).toMatchObject({ ok: true, id });
    expect(await third.ask('claude:subscribe', { id, after: 7 })).toMatchObject({ ok: true });
    await Promise.all([first, second, third].map((client) => client.end(id)));
    expectWhole(first.framesOf(id));
    expect(second.framesOf(id).map(({ seq }) => seq)).toEqual(first.framesOf(id).map(({ seq }) => seq));
    expectWhole(third.framesOf(id), 7);
    const late = await connect();
    await late.ask('claude:subscribe', { id, after: first.framesOf(id).at(-1)!.seq - 1 });
    expect((await late.end(id)).event).toBe('claude:complete');
    expect(late.framesOf(id)).toHaveLength(1);
  });

  it('tells the end also to one who has every event and asks again', async () => {
    const client = await connect();
    const { id } = await client.ask('claude:execute', { prompt: '[[say a]]' });
    const { payload } = await client.end(id);
    const late = await connect();
    expect(await late.ask('claude:subscribe', { id, after: payload.seq })).toMatchObject({
      ok: true,
      run: { state: 'completed', lastSeq: payload.seq },
    });
  });

  it('stops sending after claude:unsubscribe, and the run goes on, also when its socket leaves', async () => {
    const [client, other] = [await connect(), await connect()];
    const { id } = await client.ask('claude:execute', { prompt: '[[text n=60 delay=15]]' });
    await expect.poll(() => client.framesOf(id).length, { timeout: 10_000, interval: 10 }).toBeGreaterThan(10);
    expect(await client.ask('claude:unsubscribe', { id })).toMatchObject({ ok: true, id, followed: true });
    const had = client.framesOf(id).length;
    expect(await client.ask('claude:unsubscribe', { id })).toMatchObject({ ok: true, followed: false });
    const leaving = await connect();
    const left = await leaving.ask('claude:execute', { prompt: '[[text n=20 delay=10]]' });
    leaving.close();
    await other.ask('claude:subscribe', { id });
    expect((await other.end(id)).event).toBe('claude:complete');
    await other.ask('claude:subscribe', { id: left.id });
    expect((await other.end(left.id)).event).toBe('claude:complete');
    expect(client.framesOf(id)).toHaveLength(had);
  });

  it('shows the place of a run that waits', async () => {
    const client = await connect();
    const busy = await Promise.all(
      Array.from({ length: 5 }, () => client.ask('claude:execute', { prompt: '[[text n=2000 delay=20]]' })),
    );
    const last = await client.ask('claude:execute', { prompt: '[[say x]]' });
    await expect
      .poll(() => client.places.filter(({ id }) => id === last.id).length, { timeout: 5000 })
      .toBeGreaterThan(0);
    for (const { id } of busy) await client.ask('claude:cancel', { id });
    expect((await client.end(last.id)).event).toBe('claude:complete');
  });

  it.each<[string, string, unknown[], string, string | null]>([
    ['an unknown event', 'claude:jump', [{}], 'request.unknown_event', null],
    ['an event of nobody', 'message', ['hi'], 'request.unknown_event', null],
    ['a text as payload', 'claude:execute', ['say hi'], 'request.invalid', ''],
    ['no payload', 'claude:execute', [], 'request.invalid', ''],
    ['null', 'claude:execute', [null], 'request.invalid', ''],
    ['a list', 'claude:execute', [[{ prompt: 'x' }]], 'request.invalid', ''],
    ['two payloads', 'claude:execute', [{ prompt: 'x' }, { prompt: 'y' }], 'request.invalid', ''],
    ['bytes', 'claude:execute', [Buffer.from('x')], 'request.invalid', ''],
    ['bytes for a text', 'claude:execute', [{ prompt: Buffer.from('x') }], 'request.invalid', 'prompt'],
    ['an empty prompt', 'claude:execute', [{ prompt: '' }], 'request.invalid', 'prompt'],
    ['a field too many', 'claude:execute', [{ prompt: 'x', color: 1 }], 'request.invalid', 'color'],
    ['a wrong type', 'claude:execute', [{ prompt: 'x', maxTurns: '3' }], 'request.invalid', 'maxTurns'],
    ['a status without id', 'claude:status', [{}], 'request.invalid', 'id'],
    ['a status of an object', 'claude:status', [{ id: { a: 1 } }], 'request.invalid', 'id'],
    ['an unknown id', 'claude:status', [{ id: UNKNOWN }], 'run.not_found', null],
    ['a cancel of an unknown id', 'claude:cancel', [{ id: 'x' }], 'run.not_found', null],
    ['a subscription to an unknown id', 'claude:subscribe', [{ id: UNKNOWN }], 'run.not_found', null],
    ['a position below zero', 'claude:subscribe', [{ id: UNKNOWN, after: -1 }], 'request.invalid', 'after'],
    ['an unknown session', 'claude:execute', [{ prompt: 'x', sessionId: UNKNOWN }], 'session.not_found', null],
  ])('answers %s with a problem, and begins nothing', async (_name, event, words, code, field) => {
    const client = await connect(bobKey);
    const { ok, error } = await client.ask(event, ...words);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code, retryable: false });
    if (field !== null) expect(error.errors).toEqual([{ field, reason: expect.any(String) as string }]);
    expect((await server.client(bobKey).runs()).data).toEqual([]);
    expect(client.socket.connected).toBe(true);
  });

  it('tells one that wants no acknowledgement what was wrong, by claude:error', async () => {
    const client = await connect(bobKey);
    client.tell('claude:execute', { prompt: '' });
    client.tell('claude:jump');
    await expect.poll(() => client.ends.length, { timeout: 5000 }).toBe(2);
    const codes = client.ends.map(({ payload }) => [payload.id, payload.error?.code]);
    expect(codes).toEqual(
      expect.arrayContaining([
        [null, 'request.invalid'],
        [null, 'request.unknown_event'],
      ]),
    );
  });

  it("knows nothing of another user's run", async () => {
    const client = await connect();
    const { id } = await client.ask('claude:execute', { prompt: '[[say mine]]' });
    await client.end(id);
    const stranger = await connect(bobKey);
    for (const event of ['claude:status', 'claude:cancel', 'claude:subscribe']) {
      expect(await stranger.ask(event, { id })).toMatchObject({ ok: false, error: { code: 'run.not_found' } });
    }
  });

  it('lets nobody in without a valid token, and no page of another origin', async () => {
    for (const token of ['wrong', '', undefined]) {
      const client = new SocketClient(server.url, token === undefined ? {} : { token });
      open.push(client);
      expect(await client.connected()).toMatchObject({ code: 'auth.required', status: 401 });
    }
    const foreign = new SocketClient(server.url, { token: annKey, origin: 'http://evil.example' });
    open.push(foreign);
    expect(await foreign.connected()).not.toBeNull();
    expect(foreign.socket.connected).toBe(false);
  });
});
