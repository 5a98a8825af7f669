import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../config/index.js';
import { type Frame } from './frame.types.js';
import { LogTail } from './log-tail.js';
import { RunReader } from './run-reader.js';
import { logKeys, recordKey } from './stream-keys.js';
import { delta, ENDED, FOREVER, StreamFixture, textOf } from './stream.fixture.js';

describe('the log of a run', () => {
  let fixture: StreamFixture;
  let runId: string;

  beforeEach(async () => {
    fixture = await StreamFixture.open();
    runId = await fixture.run();
  });
  afterEach(() => fixture.close());

  const read = (after: number, signal = FOREVER): Promise<Frame[]> => fixture.read(runId, { after, signal });

  it('gives each event its seq at once, and the terminal one with the record', async () => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    expect([writer.push('text.delta', delta('a')), writer.push('text.delta', delta('b'))]).toEqual([1, 2]);
    expect(await writer.end('run.completed', ENDED, { state: 'completed', waitingFor: null })).toBe(3);
    expect(await fixture.redis.commands.hgetall(recordKey(runId))).toMatchObject({
      state: 'completed',
      lastSeq: '3',
      ended: '1',
    });
    expect(() => writer.push('text.delta', delta('late'))).toThrow();
    expect((await read(0)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'text.delta'],
      [2, 'text.delta'],
      [3, 'run.completed'],
    ]);
  });

  it('refuses a writer of an old epoch, which learns of it', async () => {
    const old = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    old.push('text.delta', delta('mine'));
    await old.settle();
    const taken = await fixture.stream.takeOver(runId);
    old.push('text.delta', delta('too late'));
    await expect(old.settle()).rejects.toMatchObject({ code: 'stream.stale_writer' });
    expect(old.lost.aborted).toBe(true);
    expect(taken?.writer.push('text.delta', delta('next'))).toBe(2);
    await taken?.writer.end('run.completed', ENDED, {});
    expect(textOf(await read(0))).toBe('minenext');
    expect(await fixture.stream.takeOver(runId)).toBeNull();
  });

  it('an append whose answer was lost changes nothing when it is sent again', async () => {
    const entries = [{ type: 'text.delta', at: 'now', dataJson: JSON.stringify(delta('once')) }];
    const request = { epoch: 0, expectedSeq: 0, entries };
    expect(await fixture.log.append(runId, request)).toMatchObject({ lastSeq: 1 });
    expect(await fixture.log.append(runId, request)).toMatchObject({ lastSeq: 1 });
    expect(await fixture.log.read(runId, 0, 10)).toHaveLength(1);
    await expect(fixture.log.append(runId, { ...request, expectedSeq: 5 })).rejects.toMatchObject({
      code: 'stream.stale_writer',
    });
  });

  it('readers that join at any time get the same, in order, with no hole at the seam', async () => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const readers: Promise<Frame[]>[] = [];
    for (let n = 1; n <= 3000; n += 1) {
      writer.push('text.delta', delta(`${n} `));
      if (n % 300 === 1) readers.push(read(0));
      if (n % 50 === 0) await new Promise(setImmediate);
    }
    await writer.end('run.completed', ENDED, {});
    readers.push(read(0));
    for (const frames of await Promise.all(readers)) {
      expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: 3001 }, (_one, index) => index + 1));
    }
  });

  it('a reader that takes its time loses nothing, and nothing is kept for it', async () => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const piece = 'x'.repeat(10_000);
    writer.push('text.delta', delta('first '));
    const slow = fixture.stream.follow(runId, { after: 0, signal: FOREVER });
    await slow.next();
    for (let n = 0; n < 400; n += 1) {
      writer.push('text.delta', delta(piece));
      await writer.ready();
    }
    await writer.end('run.completed', ENDED, {});
    const rest: Frame[] = [];
    for await (const frames of slow) rest.push(...frames);
    expect(textOf(rest)).toHaveLength(400 * piece.length);
    expect(rest.at(-1)?.type).toBe('run.completed');
  });

  it('a reader whose process has not heard of the end yet gets all up to it, and only what it asked for', async () => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    for (let n = 1; n <= 200; n += 1) writer.push('text.delta', delta(`${n}`));
    await writer.end('run.completed', ENDED, {});
    const behind = async (more: object, after = 5) => {
      const all: Frame[] = [];
      const reader = new RunReader(fixture.log, runId, new LogTail(after), { after, signal: FOREVER, ...more });
      for await (const frames of reader.frames()) all.push(...frames);
      return all.map(({ fromSeq, seq }) => [fromSeq, seq]);
    };
    expect(await behind({})).toEqual(Array.from({ length: 196 }, (_one, index) => [index + 6, index + 6]));
    expect(await behind({ deltas: false })).toEqual([[6, 201]]);
    await fixture.redis.commands.del(...logKeys(runId));
    const last = { fromSeq: 201, seq: 201, at: 'then', type: 'run.completed', dataJson: '{}' };
    expect(await behind({ terminal: () => Promise.resolve(last) }, 7)).toEqual([
      [8, 200],
      [201, 201],
    ]);
  });

  it('ends at once behind the end, when it is told to, and when there is no run', async () => {
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const controller = new AbortController();
    const waiting = read(0, controller.signal);
    controller.abort();
    expect(await waiting).toEqual([]);
    await writer.end('run.completed', ENDED, {});
    expect(await read(1)).toEqual([]);
    expect(await read(7)).toEqual([]);
    await expect(fixture.stream.follow(newRunId(), { after: 0, signal: FOREVER }).next()).rejects.toMatchObject({
      code: 'run.not_found',
    });
  });
});
