import { expect, it } from 'vitest';
import { type Frame } from './frame.types.js';
import { mergeFrames } from './merge-frames.js';

let seq = 0;
const frame = (type: string, data: object): Frame => {
  seq += 1;
  return { fromSeq: seq, seq, at: `t${seq}`, type, dataJson: JSON.stringify(data) };
};
const delta = (text: string, messageId = 'm', block = 0, type = 'text.delta') =>
  frame(type, { text, messageId, block });
const shown = (frames: readonly Frame[]) =>
  frames.map(({ fromSeq, seq: last, type, dataJson }) => [
    fromSeq,
    last,
    type,
    (JSON.parse(dataJson) as { text?: string }).text,
  ]);

it('merges what belongs together, and only that', () => {
  seq = 0;
  const frames = [
    frame('run.started', {}),
    delta('a'),
    delta('\u2028'),
    delta('\ud83c'),
    delta('\udf88'),
    delta('other block', 'm', 1),
    delta('other message', 'n', 1),
    delta('thought', 'n', 1, 'thinking.delta'),
    delta('b', 'n', 1),
    frame('usage', {}),
    delta('c', 'n', 1),
    delta('d', 'n', 1),
  ];
  expect(shown(mergeFrames(frames))).toEqual([
    [1, 1, 'run.started', undefined],
    [2, 5, 'text.delta', 'a\u2028🎈'],
    [6, 6, 'text.delta', 'other block'],
    [7, 7, 'text.delta', 'other message'],
    [8, 8, 'thinking.delta', 'thought'],
    [9, 9, 'text.delta', 'b'],
    [10, 10, 'usage', undefined],
    [11, 12, 'text.delta', 'cd'],
  ]);
});

it('every frame follows the one before, and one alone stays as it was', () => {
  seq = 0;
  const frames = Array.from({ length: 50 }, (_one, index) =>
    index % 7 === 3 ? frame('usage', {}) : delta(`${index} `),
  );
  const merged = mergeFrames(frames);
  for (const [index, { fromSeq }] of merged.entries()) expect(fromSeq).toBe((merged[index - 1]?.seq ?? 0) + 1);
  expect(merged.at(-1)?.seq).toBe(50);
  const alone = [delta('x')];
  expect(mergeFrames(alone)[0]).toBe(alone[0]);
  expect(mergeFrames([])).toEqual([]);
});
