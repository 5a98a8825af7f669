import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../config/index.js';
import { recordKey } from './stream-keys.js';
import { delta, ENDED, FOREVER, holesIn, StreamFixture, textOf } from './stream.fixture.js';

/** Following a run that was accepted just now: nothing of it is looked up. */
describe('a reader of a new run', () => {
  let fixture: StreamFixture;
  let runId: string;

  beforeEach(async () => {
    fixture = await StreamFixture.open({ runLogBytes: 4 * 1024 });
    runId = await fixture.run();
  });
  afterEach(() => fixture.close());

  const writer = () => fixture.stream.writer(runId, { epoch: 0, lastSeq: 0 });

  it('gets everything from the first event to the last, without a question about the run', async () => {
    const asked: string[] = [];
    const { log } = fixture;
    for (const name of ['head', 'cutThrough', 'read'] as const) {
      const real = log[name].bind(log) as (...words: unknown[]) => Promise<never>;
      log[name] = (...words: unknown[]) => (asked.push(name), real(...words));
    }
    const reading = fixture.read(runId, { isNew: true });
    const mine = writer();
    for (let n = 1; n <= 30; n += 1) mine.push('text.delta', delta(`${n} `));
    await mine.end('run.completed', ENDED, {});
    const frames = await reading;
    expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: 31 }, (_one, index) => index + 1));
    expect(asked).toEqual([]);
    // Who comes later asks.
    await fixture.read(runId);
    expect(asked).toContain('head');
  });

  it('shares the tail of those who came before it, and they its own', async () => {
    const mine = writer();
    mine.push('text.delta', delta('a'));
    await mine.settle();
    const before = fixture.stream.follow(runId, { after: 0, signal: FOREVER });
    await before.next();
    const [first, second] = [fixture.read(runId, { isNew: true }), fixture.read(runId)];
    mine.push('text.delta', delta('b'));
    await mine.end('run.completed', ENDED, {});
    for (const frames of [await first, await second]) expect(textOf(frames)).toBe('ab');
    await before.return(undefined);
  });

  it('gets the snapshot where the log was cut before it was read', async () => {
    const mine = writer();
    for (let n = 1; n <= 400; n += 1) {
      mine.push('text.delta', delta(`${n} äöü `));
      if (n % 40 === 0) await mine.settle();
    }
    await expect.poll(() => fixture.log.cutThrough(runId)).toBeGreaterThan(0);
    const reading = fixture.read(runId, { isNew: true });
    await mine.end('run.completed', ENDED, {});
    const frames = await reading;
    expect(textOf(frames)).toBe(Array.from({ length: 400 }, (_one, index) => `${index + 1} äöü `).join(''));
    expect(holesIn(frames)).toEqual([]);
    expect(frames.some(({ type }) => type === 'stream.snapshot')).toBe(true);
  });

  it('learns that there is none, after a while', async () => {
    await expect(fixture.read(newRunId(), { isNew: true })).rejects.toMatchObject({ code: 'run.not_found' });
  });

  it('waits for a run that tells nothing for longer than that, and hears its end', async () => {
    const reading = fixture.read(runId, { isNew: true });
    await new Promise((done) => setTimeout(done, 1300));
    const mine = writer();
    mine.push('text.delta', delta('late'));
    await mine.end('run.completed', ENDED, {});
    expect((await reading).map(({ type }) => type)).toEqual(['text.delta', 'run.completed']);
  });

  it('hears the end of one whose log has gone meanwhile', async () => {
    await fixture.redis.commands.hset(recordKey(runId), { ended: '1', lastSeq: 3 });
    const last = { fromSeq: 3, seq: 3, at: 'now', type: 'run.completed', dataJson: '{}' } as const;
    const frames = await fixture.read(runId, { isNew: true, terminal: () => Promise.resolve(last) });
    expect(frames.map(({ type, seq }) => [type, seq])).toEqual([
      ['stream.gap', 2],
      ['run.completed', 3],
    ]);
  });

  it('leaves at once when it is told to', async () => {
    const leave = new AbortController();
    const reading = fixture.read(runId, { isNew: true, signal: leave.signal });
    leave.abort();
    expect(await reading).toEqual([]);
  });
});
