import { describe, expect, it } from 'vitest';
import { StewardClient } from './steward.client.js';
import { type Answer, json, problem, reset, StandInServer } from './testing/stand-in.server.js';

const retry = { attempts: 4, firstDelayMs: 1, maxDelayMs: 5 };
const html: Answer = (response) => response.writeHead(502).end('<h1>Bad gateway</h1>');
const run = json({ id: 'r' }, 202);

async function submit(...answers: readonly Answer[]) {
  await using server = await StandInServer.start(...answers);
  const client = new StewardClient({ url: server.url, retry });
  const result = await client.submit({ prompt: 'x' }).catch((error: unknown) => error);
  return { result, keys: server.seen.map(({ headers }) => String(headers['idempotency-key'])) };
}

describe('the client', () => {
  it('sends a run again with the same key when it may have been lost', async () => {
    for (const failure of [
      reset,
      html,
      problem(503, 'queue.draining', {}, { 'retry-after': '0' }),
      problem(503, 'queue.unavailable', { retryable: true }),
      problem(409, 'idempotency.in_progress', { retryable: true }),
    ]) {
      const { result, keys } = await submit(failure, failure, run);
      expect(result).toEqual({ id: 'r' });
      expect(keys).toHaveLength(3);
      expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(new Set(keys).size).toBe(1);
    }
  });

  it('takes a new key for each run, or the given one', async () => {
    await using server = await StandInServer.start(run);
    const client = new StewardClient({ url: server.url });
    await client.submit({ prompt: 'x' });
    await client.submit({ prompt: 'x' });
    await client.submit({ prompt: 'x' }, { idempotencyKey: 'mine' });
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect([new Set(keys).size, keys[2]]).toEqual([3, 'mine']);
  });

  it.each([
    ['a bad request', problem(400, 'request.invalid'), 'request.invalid'],
    ['another body', problem(422, 'idempotency.conflict'), 'idempotency.conflict'],
    ['a full queue', problem(429, 'queue.full', { retryable: true }, { 'retry-after': '1' }), 'queue.full'],
    ['a CLI that is missing', problem(503, 'cli.not_found'), 'cli.not_found'],
    ['an error of the server', problem(500, 'internal', { retryable: true }), 'internal'],
    ['a page of something else', json({ hello: 1 }, 404), 'client.protocol'],
  ])('does not repeat after %s', async (_name, answer, code) => {
    const { result, keys } = await submit(answer);
    expect(result).toMatchObject({ code });
    expect(keys).toHaveLength(1);
  });

  it('says how long the server asked to wait', async () => {
    const { result } = await submit(problem(429, 'queue.full', {}, { 'retry-after': '7' }));
    expect(result).toMatchObject({ name: 'ProblemError', status: 429, retryAfterMs: 7000 });
  });

  it('gives up after its attempts, and keeps the cause', async () => {
    const lost = await submit(reset);
    expect(lost.result).toMatchObject({ code: 'client.unreachable', cause: expect.any(Error) as Error });
    expect(lost.keys).toHaveLength(4);
    expect((await submit(problem(503, 'queue.unavailable', { retryable: true }))).result).toMatchObject({
      code: 'queue.unavailable',
    });
  });

  it('asks another server when the first is away; what is not idempotent only when that one cannot have got it', async () => {
    const gone = await StandInServer.start(reset);
    await gone[Symbol.asyncDispose]();
    await using second = await StandInServer.start(json({ id: 's' }, 201));
    const client = new StewardClient({ urls: [gone.url, second.url], retry });
    expect(await client.createSession()).toEqual({ id: 's' });
    expect(await client.session('s')).toEqual({ id: 's' });
    await using breaking = await StandInServer.start(reset);
    const other = new StewardClient({ urls: [breaking.url, second.url], retry });
    await expect(other.createSession()).rejects.toMatchObject({ code: 'client.unreachable' });
    expect(breaking.seen).toHaveLength(1);
    expect(await other.session('s')).toEqual({ id: 's' });
  });

  it('bounds a call that gets no answer, and leaves it when it is called off', async () => {
    await using server = await StandInServer.start(() => undefined);
    const client = new StewardClient({ url: server.url, retry: { ...retry, attempts: 2 }, timeoutMs: 50 });
    await expect(client.run('r')).rejects.toMatchObject({ code: 'client.unreachable' });
    expect(server.seen).toHaveLength(2);
    const off = new AbortController();
    const waiting = client.execute({ prompt: 'x' }, { signal: off.signal });
    await expect.poll(() => server.seen.length).toBe(3);
    off.abort(new Error('called off'));
    await expect(waiting).rejects.toThrow('called off');
  });

  it('refuses to be made without an address', () => {
    expect(() => new StewardClient({})).toThrow(TypeError);
    expect(() => new StewardClient({ url: 'not an address' })).toThrow(TypeError);
  });
});
