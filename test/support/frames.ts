import { type Frame } from '@steward/client';
import { expect } from 'vitest';

const TERMINAL = /^run\.(completed|failed|cancelled)$/;
const isTerminal = (frame: Pick<Frame, 'type'>): boolean => TERMINAL.test(frame.type);

type Placed = Pick<Frame, 'fromSeq' | 'seq' | 'type'>;

/** What every reader of an ended run must have: all events after a position, none twice, one terminal event, last. */
export function expectWhole(frames: readonly Placed[], after = 0): void {
  expect(frames.map(({ fromSeq }) => fromSeq)).toEqual([after + 1, ...frames.map(({ seq }) => seq + 1)].slice(0, -1));
  expect(frames.filter(isTerminal)).toHaveLength(1);
  expect(isTerminal(frames.at(-1)!)).toBe(true);
}

export const textOf = (frames: readonly Frame[]): string =>
  frames.map((frame) => (frame.type === 'text.delta' ? frame.data.text : '')).join('');
