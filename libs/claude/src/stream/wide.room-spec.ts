import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newRunId } from '../config/index.js';
import { type Frame } from './frame.types.js';
import { type PlacedFrame, type WideFollowOptions } from './placed-frame.types.js';
import { feedKey, logKeys, sessionRunsKey } from './stream-keys.js';
import { delta, ENDED, FOREVER, StreamFixture, textOf } from './stream.fixture.js';

/** Streams of many runs: of a session, of an owner. */
describe('wider streams', () => {
  let fixture: StreamFixture;
  let sessionId: string;

  beforeEach(async () => {
    fixture = await StreamFixture.open();
    sessionId = newRunId();
  });
  afterEach(async () => {
    await fixture.redis.commands.del(sessionRunsKey(sessionId));
    await fixture.close();
  });

  const accept = async (): Promise<string> => {
    const runId = await fixture.run(sessionId);
    await fixture.redis.commands.xadd(sessionRunsKey(sessionId), '*', 'r', runId);
    return runId;
  };
  const carry = async (runId: string, text: string) => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    writer.push('usage', { usage: ENDED.usage, costUsd: '0' });
    for (const piece of text) writer.push('text.delta', delta(piece));
    await writer.end('run.completed', ENDED, { state: 'completed' });
  };
  const close = () => fixture.redis.commands.xadd(sessionRunsKey(sessionId), '*', 'c', '1');
  /** Reads until `count` frames are there, or the end. */
  const take = async (source: AsyncIterable<readonly PlacedFrame[]>, count = Infinity): Promise<PlacedFrame[]> => {
    const all: PlacedFrame[] = [];
    for await (const frames of source) {
      all.push(...frames);
      if (all.length >= count) break;
    }
    return all;
  };
  const options = (more: Partial<WideFollowOptions> = {}): WideFollowOptions => ({
    after: '0',
    signal: FOREVER,
    ...more,
  });
  const session = (more: Partial<WideFollowOptions> = {}) => fixture.stream.followSession(sessionId, options(more));
  const feed = (more: Partial<WideFollowOptions> = {}) => fixture.stream.followOwner(fixture.owner, options(more));

  it('a session: its runs in their order, live and past, until it is closed', async () => {
    const [one, two] = [await accept(), await accept()];
    await carry(one, 'abc');
    const reading = take(session());
    await carry(two, 'def');
    const three = await accept();
    await carry(three, 'ghi');
    await close();
    const frames = await reading;
    expect(textOf(frames)).toBe('abcdefghi');
    expect(frames.map(({ runId }) => runId)).toEqual([one, two, three].flatMap((id) => Array<string>(5).fill(id)));
    expect(frames.every((frame) => frame.position === `${frame.runId}:${frame.seq}`)).toBe(true);
    for (const [at, { position }] of frames.entries()) {
      const rest = await take(session({ after: position }));
      expect(rest.map((frame) => frame.position)).toEqual(frames.slice(at + 1).map((frame) => frame.position));
    }
  });

  it('a session from now on, filtered, and from places that it does not know', async () => {
    const one = await accept();
    await carry(one, 'abc');
    const live = take(session({ after: 'end', types: ['run.*'] }));
    await new Promise((done) => setTimeout(done, 50));
    const two = await accept();
    await carry(two, 'def');
    await close();
    expect((await live).map(({ runId, type, fromSeq, seq }) => [runId, type, fromSeq, seq])).toEqual([
      [two, 'run.completed', 1, 5],
    ]);
    const unknown = await take(session({ after: `${newRunId()}:3` }));
    expect([unknown[0]?.type, textOf(unknown)]).toEqual(['stream.gap', 'abcdef']);
    for (const after of ['x', '7', `${one}:`, `${one}:-1`, '']) {
      await expect(take(session({ after }))).rejects.toMatchObject({ code: 'request.invalid' });
    }
  });

  it('a session from now on begins in the run that is under way, not in one that waits behind it', async () => {
    const [past, one, two] = [await accept(), await accept(), await accept()];
    await carry(past, 'abc');
    const waiting = fixture.stream.writer(two, { epoch: 0, lastSeq: 0 });
    waiting.push('run.queued', { behind: 1 });
    await waiting.settle();
    const position = await fixture.stream.endOfSession(sessionId);
    expect(position).toBe(`${one}:0`);
    const reading = take(session({ after: position }));
    await carry(one, 'def');
    waiting.push('text.delta', delta('ghi'));
    await waiting.end('run.completed', ENDED, { state: 'completed' });
    await close();
    expect(textOf(await reading)).toBe('defghi');
  });

  it('streams that were removed while somebody reads them are waited for, not asked for again and again', async () => {
    await carry(await fixture.run(), 'a');
    await carry(await accept(), 'a');
    const looks = vi.spyOn(fixture.redis.commands, 'multi');
    for (const [key, read] of [
      [feedKey(fixture.owner), feed],
      [sessionRunsKey(sessionId), session],
    ] as const) {
      const leaving = new AbortController();
      const reading = [take(read({ signal: leaving.signal }))];
      await new Promise((done) => setTimeout(done, 100));
      await fixture.redis.commands.del(key);
      reading.push(take(read({ signal: leaving.signal })));
      await new Promise((done) => setTimeout(done, 100));
      looks.mockClear();
      await new Promise((done) => setTimeout(done, 300));
      // None, but for an entry that was still on its way; a reader that does not wait looks thousands of times.
      expect(looks.mock.calls.length).toBeLessThan(10);
      leaving.abort();
      await Promise.all(reading);
    }
  });

  it('a session whose first runs are gone begins with one gap', async () => {
    const runs = [await accept(), await accept(), await accept()];
    for (const run of runs) await carry(run, 'abc');
    for (const run of runs.slice(0, 2)) await fixture.redis.commands.del(`steward:run:${run}`, ...logKeys(run));
    await close();
    const frames = await take(session());
    expect(frames.map(({ type }) => type).filter((type) => type !== 'text.delta')).toEqual([
      'stream.gap',
      'usage',
      'run.completed',
    ]);
  });

  it('an owner: all runs, without deltas, each whole by its fromSeq, from any position', async () => {
    const runs = [await fixture.run(), await fixture.run()];
    const reading = take(feed(), 4);
    await Promise.all(runs.map((run) => carry(run, 'abc')));
    const frames = await reading;
    for (const run of runs) {
      const mine = frames.filter(({ runId }) => runId === run);
      expect(mine.map(({ type, fromSeq, seq }) => [type, fromSeq, seq])).toEqual([
        ['usage', 1, 1],
        ['run.completed', 2, 5],
      ]);
    }
    for (const at of [0, 1, 2]) {
      const rest = await take(feed({ after: frames[at]!.position }), 3 - at);
      expect(rest.map(({ position }) => position)).toEqual(frames.slice(at + 1).map(({ position }) => position));
    }
    const ends = await take(feed({ types: ['run.*'] }), 2);
    expect(ends.map(({ fromSeq, seq }) => [fromSeq, seq])).toEqual([
      [1, 5],
      [1, 5],
    ]);
    await expect(take(feed({ after: 'x' }))).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('an owner: what is past retention is said, and an end that the record knows is told', async () => {
    const [one, two] = [await fixture.run(), await fixture.run()];
    await carry(one, 'abc');
    await carry(two, 'abc');
    const all = await take(feed(), 4);
    await fixture.redis.commands.del(...logKeys(one));
    const terminal = async (): Promise<Frame> => ({
      fromSeq: 5,
      seq: 5,
      at: 'then',
      type: 'run.completed',
      dataJson: '{}',
    });
    expect((await take(feed({ terminal }), 4)).map(({ type, runId }) => [type, runId])).toEqual([
      ['stream.gap', one],
      ['run.completed', one],
      ['usage', two],
      ['run.completed', two],
    ]);
    await fixture.redis.commands.xtrim(feedKey(fixture.owner), 'MAXLEN', '=', 1);
    const late = await take(feed({ after: all[0]!.position }), 2);
    expect(late.map(({ type, runId }) => [type, runId])).toEqual([
      ['stream.gap', null],
      ['run.completed', two],
    ]);
  });
});
