import { describe, expect, it } from 'vitest';
import { type EventType, type RunItem } from '../event.types.js';
import { type EventDataMap } from '../event.types.js';
import { TextOfRun } from './text-of-run.js';

const ids = { at: '2026-01-01T00:00:00.000Z', runId: 'r', sessionId: 's' };
const frame = <T extends EventType>(type: T, seq: number, data: EventDataMap[T], fromSeq = seq): RunItem =>
  ({ ...ids, fromSeq, seq, type, data }) as unknown as RunItem;
const delta = (seq: number, text: string, messageId = 'a', block = 0) =>
  frame('text.delta', seq, { text, messageId, block });
const textOf = (...items: RunItem[]): string => {
  const text = new TextOfRun();
  for (const item of items) text.push(item);
  return text.text;
};

describe('the text of a run', () => {
  it('is its deltas, apart from the thinking', () => {
    const text = new TextOfRun();
    text.push(frame('run.queued', 1, { behind: 0 }));
    text.push(frame('thinking.delta', 2, { text: 'hm', messageId: 'a', block: 0 }));
    for (const item of [delta(3, 'Hello, '), delta(4, 'wor'), delta(5, 'ld', 'b')]) text.push(item);
    expect([text.text, text.thinking, text.isWhole]).toEqual(['Hello, world', 'hm', true]);
  });

  it('loses what a repeated answer voids, and nothing of other messages in between', () => {
    const replaced = frame('text.replaced', 6, { fromSeq: 2, throughSeq: 5, messageId: 'a' });
    expect(textOf(delta(1, 'kept ', 'z'), delta(2, 'bro'), delta(3, 'sub ', 'b'), delta(5, 'ken'), replaced)).toBe(
      'kept sub ',
    );
    expect(
      textOf(delta(2, 'x'), frame('text.replaced', 4, { fromSeq: 2, throughSeq: 3, messageId: 'a' }), delta(5, 'y')),
    ).toBe('y');
  });

  it('loses everything in the range of a run that goes on, of whatever message, and nothing where it names none', () => {
    const resumed = (seq: number, fromSeq: number | null, throughSeq: number | null) =>
      frame('run.resumed', seq, { attempt: 2, fromSeq, throughSeq, unknownTools: [] });
    const before = [delta(2, 'kept '), delta(4, 'lost', 'b'), delta(6, 'too', 'c')];
    expect(textOf(...before, resumed(8, 4, 7), delta(9, 'anew', 'd'))).toBe('kept anew');
    expect(textOf(...before, resumed(8, null, null))).toBe('kept losttoo');
  });

  it('loses void deltas also where a filter left out what came before them', () => {
    const replaced = frame('text.replaced', 8, { fromSeq: 5, throughSeq: 7, messageId: 'a' });
    const merged = frame('text.delta', 7, { text: 'broken', messageId: 'a', block: 0 }, 2);
    expect(textOf(merged, replaced)).toBe('');
  });

  describe('after a snapshot', () => {
    const segment = (
      type: 'text.delta' | 'thinking.delta',
      messageId: string,
      range: [number, number],
      length: number,
    ) => ({
      type,
      messageId,
      block: 0,
      fromSeq: range[0],
      throughSeq: range[1],
      length,
    });
    const snapshot: RunItem = {
      ...ids,
      type: 'stream.snapshot',
      data: {
        throughSeq: 30,
        text: 'one 🎉 two',
        thinking: 'hm',
        segments: [
          segment('text.delta', 'a', [2, 9], 7),
          segment('thinking.delta', 'b', [10, 12], 2),
          segment('text.delta', 'b', [13, 30], 3),
        ],
      },
    };

    it('is the text of the snapshot, whatever was there, and what follows', () => {
      const text = new TextOfRun();
      for (const item of [delta(2, 'old'), snapshot, delta(31, '!', 'b')]) text.push(item);
      expect([text.text, text.thinking]).toEqual(['one 🎉 two!', 'hm']);
    });

    it('loses the segments that a later event voids', () => {
      const replaced = frame('text.replaced', 40, { fromSeq: 10, throughSeq: 35, messageId: 'b' });
      expect(textOf(snapshot, delta(35, ' more', 'b'), replaced, delta(41, 'three', 'c'))).toBe('one 🎉 three');
    });
  });

  it('is not whole after a gap', () => {
    const text = new TextOfRun();
    text.push({ ...ids, type: 'stream.gap', data: { fromSeq: 1, throughSeq: 9 } });
    expect(text.isWhole).toBe(false);
  });
});
