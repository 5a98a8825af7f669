import { afterEach, describe, expect, it } from 'vitest';
import { type Frame } from './frame.types.js';
import { type LogWriter } from './log-writer.js';
import { logKey, logKeys, piecesKey } from './stream-keys.js';
import { delta, ENDED, FOREVER, holesIn, StreamFixture, textOf } from './stream.fixture.js';

const USAGE = { usage: ENDED.usage, costUsd: '0' };

/** What a log does that outgrows its bound. */
describe('a log beyond its bound', () => {
  let fixture: StreamFixture;
  afterEach(() => fixture.close());

  const start = async (runLogBytes: number) => {
    fixture = await StreamFixture.open({ runLogBytes });
    const runId = await fixture.run();
    return { runId, writer: fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 }) };
  };

  /** Numbered deltas of two messages by turns, other events in between, one message voided half-way. */
  async function write(writer: LogWriter, count: number): Promise<string> {
    let text = '';
    let firstOfVoid = 0;
    for (let n = 1; n <= count; n += 1) {
      const inVoid = n > count / 4 && n <= count / 2;
      const messageId = inVoid ? 'void' : `m${Math.floor(n / 7) % 2}`;
      const seq = writer.push('text.delta', delta(`${n} äöü🙂\u2028`, messageId));
      if (inVoid && firstOfVoid === 0) firstOfVoid = seq;
      if (!inVoid) text += `${n} äöü🙂\u2028`;
      if (n % 20 === 0) writer.push('thinking.delta', delta(`t${n}`, messageId, 1));
      if (n % 50 === 0) writer.push('usage', USAGE);
      if (n === count / 2) {
        const range = { fromSeq: firstOfVoid, throughSeq: writer.lastSeq };
        writer.push('text.replaced', { ...range, messageId: 'void' });
      }
      await writer.ready();
      if (n % 100 === 0) await writer.settle();
    }
    return text;
  }

  it('keeps its deltas bounded, and every reader gets the whole text and every other event', async () => {
    const { runId, writer } = await start(32 * 1024);
    const early = fixture.read(runId);
    const text = await write(writer, 4000);
    const middle = fixture.read(runId, { after: 1000 });
    await writer.end('run.completed', ENDED, {});
    const late = await fixture.read(runId);
    for (const frames of [await early, late]) {
      expect(textOf(frames)).toBe(text);
      expect(holesIn(frames)).toEqual([]);
      expect(frames.filter(({ type }) => type === 'usage')).toHaveLength(80);
      expect(frames.at(-1)?.type).toBe('run.completed');
    }
    expect(textOf(await middle)).toBe(text);
    expect(holesIn(await middle, 1000)).toEqual([]);
    expect(late.filter(({ type }) => type === 'stream.snapshot')).toHaveLength(1);
    const thinking = late.find(({ type }) => type === 'stream.snapshot')!.dataJson;
    expect((JSON.parse(thinking) as { thinking: string }).thinking).toMatch(/^t20t40/);
    // Of about 700 KB of deltas no more than the bound is left, and their text without the words around it.
    expect(await fixture.redis.commands.memory('USAGE', logKey(runId), 'SAMPLES', 0)).toBeLessThan(160 * 1024);
    expect(await fixture.redis.commands.memory('USAGE', piecesKey(runId), 'SAMPLES', 0)).toBeLessThan(260 * 1024);
  });

  it('gives a reader from any position the whole text, in pages of history, too', async () => {
    const { runId, writer } = await start(16 * 1024);
    const text = await write(writer, 1000);
    await writer.end('run.completed', ENDED, {});
    const all = await fixture.read(runId);
    const cutThrough = all.find(({ type }) => type === 'stream.snapshot')!.seq;
    for (const after of [1, 49, 50, 51, 500, cutThrough - 1]) {
      const frames = await fixture.read(runId, { after });
      expect([after, textOf(frames) === text, holesIn(frames, after)]).toEqual([after, true, []]);
    }
    expect((await fixture.read(runId, { after: cutThrough })).map(({ type }) => type)).not.toContain('stream.snapshot');
    const pages: Frame[] = [];
    for (let after = 0; ;) {
      const { data, position } = await fixture.stream.history(runId, 7, { after });
      if (data.length === 0) break;
      pages.push(...data);
      after = position;
    }
    expect(textOf(pages)).toBe(text);
    expect(holesIn(pages)).toEqual([]);
  });

  it('owes the snapshot to a reader whose connection broke right before it', async () => {
    const { runId, writer } = await start(16 * 1024);
    const text = await write(writer, 1000);
    await writer.end('run.completed', ENDED, {});
    const all = await fixture.read(runId);
    const lastBefore = all[all.findIndex(({ type }) => type === 'stream.snapshot') - 1]!.seq;
    const frames = await fixture.read(runId, { after: lastBefore });
    expect(frames[0]?.type).toBe('stream.snapshot');
    expect(textOf(frames)).toBe(text);
  });

  it('serves a reader that falls behind while the cut goes on', async () => {
    const { runId, writer } = await start(16 * 1024);
    const slow = fixture.stream.follow(runId, { after: 0, signal: FOREVER });
    const writing = write(writer, 4000);
    const frames: Frame[] = [...((await slow.next()).value as Frame[])];
    const text = await writing;
    await writer.end('run.completed', ENDED, {});
    for await (const batch of slow) frames.push(...batch);
    expect(textOf(frames)).toBe(text);
    expect(holesIn(frames)).toEqual([]);
  });

  it('survives a delta that is larger than the bound, and a log of many other events', async () => {
    const { runId, writer } = await start(16 * 1024);
    const huge = 'x'.repeat(100_000);
    for (let n = 0; n < 1500; n += 1) writer.push('usage', USAGE);
    writer.push('text.delta', delta(huge));
    await writer.settle();
    writer.push('text.delta', delta('end'));
    await writer.end('run.completed', ENDED, {});
    const frames = await fixture.read(runId);
    expect(textOf(frames)).toBe(`${huge}end`);
    expect(holesIn(frames)).toEqual([]);
    expect(frames.filter(({ type }) => type === 'usage')).toHaveLength(1500);
  });

  it('is cut by its owner only', async () => {
    const { runId, writer } = await start(16 * 1024);
    for (let n = 0; n < 200; n += 1) writer.push('text.delta', delta(`${n} `));
    await writer.settle();
    await fixture.stream.takeOver(runId);
    const cut = { epoch: 0, from: 0, through: 100, freedBytes: 1, pieces: [], rest: [] };
    expect(await fixture.log.cut(runId, cut)).toBeNull();
    expect(await fixture.log.cut(runId, { ...cut, epoch: 1, from: 7 })).toBeNull();
    expect(await fixture.log.read(runId, 0, 10)).toHaveLength(10);
  });

  it('tells its source when all events together are too many', async () => {
    fixture = await StreamFixture.open({ runOutputBytes: 64 * 1024 });
    const runId = await fixture.run();
    const writer = fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });
    writer.push('text.delta', delta('x'.repeat(60_000)));
    await writer.settle();
    expect(writer.exceeded.aborted).toBe(false);
    writer.push('text.delta', delta('x'.repeat(60_000)));
    await writer.settle();
    expect(writer.exceeded.reason).toMatchObject({ code: 'run.output_too_large' });
    // The end can still be told.
    await writer.end('run.failed', { error: { code: 'c', message: 'm', retryable: false, details: {} }, ...ENDED }, {});
    expect((await fixture.read(runId)).at(-1)?.type).toBe('run.failed');
  });

  it('that is gone is a gap and the end, or nothing known', async () => {
    const { runId, writer } = await start(16 * 1024);
    await write(writer, 1000);
    const end = await writer.end('run.completed', ENDED, {});
    await fixture.redis.commands.del(...logKeys(runId));
    const terminal = async (): Promise<Frame> => ({
      fromSeq: end,
      seq: end,
      at: 'then',
      type: 'run.completed',
      dataJson: '{}',
    });
    for (const frames of [
      await fixture.read(runId, { terminal }),
      (await fixture.stream.history(runId, 10, { after: 0, terminal })).data,
    ]) {
      expect(frames.map(({ type, seq }) => [type, seq])).toEqual([
        ['stream.gap', end - 1],
        ['run.completed', end],
      ]);
      expect(JSON.parse(frames[0]!.dataJson)).toEqual({ fromSeq: 1, throughSeq: end - 1 });
    }
    expect((await fixture.read(runId, { after: end - 1, terminal })).map(({ type }) => type)).toEqual([
      'run.completed',
    ]);
    expect(await fixture.read(runId, { after: end, terminal })).toEqual([]);
    await expect(fixture.read(runId)).rejects.toMatchObject({ code: 'run.not_found' });
  });
});
