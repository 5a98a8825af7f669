import { describe, expect, it } from 'vitest';
import { type RunItem } from '../event.types.js';
import { StewardClient } from '../steward.client.js';
import {
  type Answer,
  completed,
  frame,
  problem,
  readerEvent,
  reset,
  StandInServer,
  stream,
} from '../testing/stand-in.server.js';
import { type Follower } from './follower.js';

const retry = { attempts: 5, firstDelayMs: 1, maxDelayMs: 5 };
const html: Answer = (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');

async function read(follower: Follower<RunItem, number>): Promise<(number | string)[]> {
  const seen = [];
  for await (const item of follower) seen.push('seq' in item ? item.seq : item.type);
  return seen;
}

/** Follows a run of a server that answers like this; what it was asked for each time. */
async function follow(answers: readonly Answer[], options: object = {}, silenceMs = 10_000) {
  await using server = await StandInServer.start(...answers);
  const follower = new StewardClient({ url: server.url, retry, silenceMs }).follow('r', options);
  const result = await read(follower).catch((error: unknown) => error as Error & { code?: string });
  const asked = server.seen.map(({ url }) => Number(new URL(url, server.url).searchParams.get('after')));
  return { result, asked, position: follower.position };
}

describe('a follower', () => {
  it('goes on after the last event when the connection ends or breaks', async () => {
    const answers = [
      stream([frame(1), frame(2)]),
      stream([frame(3), frame(4).slice(0, 30)], 'break'),
      reset,
      stream([frame(4, 'text.delta', { text: 'x', messageId: 'm', block: 0 }), completed(5)]),
    ];
    expect(await follow(answers)).toEqual({ result: [1, 2, 3, 4, 5], asked: [0, 2, 3, 3], position: 5 });
  });

  it('waits out a server that is away, whoever says so', async () => {
    const answers = [
      html,
      problem(503, 'queue.unavailable', { retryable: true }),
      problem(503, 'queue.draining', {}, { 'retry-after': '0' }),
      stream([completed(1)]),
    ];
    expect((await follow(answers)).result).toEqual([1]);
  });

  it('leaves a connection that is silent, also before the first answer', async () => {
    const answers = [() => undefined, stream([frame(1)], 'hang'), stream([completed(2)])];
    expect(await follow(answers, {}, 100)).toMatchObject({ result: [1, 2], asked: [0, 0, 1] });
  });

  it('drops what it has already', async () => {
    const answers = [stream([frame(1), frame(2)]), stream([frame(1), frame(2), frame(3), completed(4)])];
    expect((await follow(answers)).result).toEqual([1, 2, 3, 4]);
  });

  it('comes back for what is missing, and calls a server broken that never gives it', async () => {
    const whole = [stream([frame(1), frame(3)]), stream([frame(2), frame(3), completed(4)])];
    expect(await follow(whole)).toMatchObject({ result: [1, 2, 3, 4], asked: [0, 1] });
    const broken = await follow([stream([frame(2), completed(3)])]);
    expect(broken).toMatchObject({ result: { code: 'client.protocol' }, asked: [0, 0, 0] });
  });

  it('takes a merged frame, but not the one that begins before its place', async () => {
    const merged = frame(4, 'text.delta', { text: 'b c d', messageId: 'm', block: 0 }, 2);
    expect((await follow([stream([frame(1), merged, completed(5)])])).result).toEqual([1, 4, 5]);
    const straddling = [
      stream([frame(1), frame(2)]),
      stream([merged, completed(5)]),
      stream([frame(3), frame(4), completed(5)]),
    ];
    expect((await follow(straddling)).result).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    [404, 'run.not_found'],
    [401, 'auth.required'],
    [400, 'request.invalid'],
  ])('ends with the problem of a %i, at once', async (status, code) => {
    expect(await follow([stream([frame(1)]), problem(status, code)])).toMatchObject({
      result: { name: 'ProblemError', code, status },
      asked: [0, 1],
    });
  });

  it('gives up after its attempts, which begin anew with whatever comes', async () => {
    const { result, asked } = await follow([reset]);
    expect([result, asked.length]).toEqual([expect.objectContaining({ code: 'client.unreachable' }), 5]);
    const late = await follow([
      reset,
      reset,
      reset,
      reset,
      stream([frame(1)]),
      reset,
      reset,
      reset,
      stream([completed(2)]),
    ]);
    expect(late.result).toEqual([1, 2]);
    const draining = await follow([problem(503, 'queue.draining', { retryable: true })]);
    expect([draining.result, draining.asked.length]).toEqual([expect.objectContaining({ code: 'queue.draining' }), 5]);
    // A head of a stream is no sign that anything will ever come.
    expect((await follow([stream([])])).asked).toHaveLength(5);
  });

  it('ends in peace where nothing follows, and refuses what is no event stream', async () => {
    expect(await follow([(response) => response.writeHead(204).end()], { after: 7 })).toMatchObject({
      result: [],
      asked: [7],
    });
    const page: Answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Login</p>');
    expect((await follow([page])).result).toMatchObject({ code: 'client.protocol' });
  });

  it('hands on what belongs to the reader; a snapshot moves its place', async () => {
    const snapshot = readerEvent('stream.snapshot', { throughSeq: 9, text: 'abc', thinking: '', segments: [] });
    const answers = [
      stream([frame(1, 'run.queued', {}), frame(5, 'usage', {}, 2), snapshot], 'break'),
      stream([frame(10), readerEvent('stream.stalled', { position: '10' })]),
      stream([readerEvent('stream.gap', { fromSeq: 11, throughSeq: 19 }), completed(20)]),
    ];
    expect(await follow(answers)).toEqual({
      result: [1, 5, 'stream.snapshot', 10, 'stream.stalled', 'stream.gap', 20],
      asked: [0, 9, 10],
      position: 20,
    });
    // The frame behind a snapshot may count from the frame before it.
    const onward = frame(10, 'usage', {}, 6);
    expect((await follow([stream([frame(5, 'usage', {}, 1), snapshot, onward, completed(11)])])).result).toEqual([
      5,
      'stream.snapshot',
      10,
      11,
    ]);
  });

  it('asks for the types that are wanted', async () => {
    await using server = await StandInServer.start(stream([completed(4)]));
    const client = new StewardClient({ url: server.url, key: 'k' });
    await read(client.follow('a/b', { types: ['text.delta', 'tool.*'], deltas: false, after: 3 }));
    expect(server.seen[0]).toMatchObject({
      url: '/api/v1/claude/processes/a%2Fb/events?types=text.delta%2Ctool.*&deltas=false&after=3',
      headers: { accept: 'text/event-stream', authorization: 'Bearer k' },
    });
  });

  it('can be called off: in mid-stream, while it waits, and before it begins', async () => {
    const reason = new Error('called off');
    for (const [answer, waits] of [
      [stream([frame(1)], 'hang'), 1],
      [reset, 60_000],
    ] as const) {
      await using server = await StandInServer.start(answer);
      const off = new AbortController();
      const client = new StewardClient({
        url: server.url,
        retry: { ...retry, firstDelayMs: waits, maxDelayMs: waits },
      });
      const reading = read(client.follow('r', { signal: off.signal }));
      await expect.poll(() => server.seen.length).toBe(1);
      off.abort(reason);
      await expect(reading).rejects.toBe(reason);
      await expect(read(client.follow('r', { signal: off.signal }))).rejects.toBe(reason);
      expect(server.seen).toHaveLength(1);
    }
  });

  it('closes its connection when the loop is left', async () => {
    let closed = false;
    const answer: Answer = (response, seen) => {
      response.once('close', () => (closed = true));
      stream([frame(1)], 'hang')(response, seen);
    };
    await using server = await StandInServer.start(answer);
    for await (const _item of new StewardClient({ url: server.url }).follow('r')) break;
    await expect.poll(() => closed).toBe(true);
  });
});
