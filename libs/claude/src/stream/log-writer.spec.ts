import { describe, expect, it } from 'vitest';
import { LogWriter } from './log-writer.js';
import { type AppendRequest, type RunLogStore } from './run-log.store.js';

const PIECE = { text: 'x'.repeat(10_000), messageId: 'm', block: 0 };
const BOUNDS = { maxDeltaBytes: 1e9, maxOutputBytes: 1e9 };

/** While Redis is away: nothing that is appended is answered until `back`. */
function awayLog(): { readonly log: RunLogStore; readonly back: () => void } {
  let back: () => void = () => undefined;
  const away = new Promise<void>((resolve) => (back = resolve));
  const append = async (_runId: string, { expectedSeq, entries }: AppendRequest) => {
    await away;
    return { lastSeq: expectedSeq + entries.length, deltaBytes: 0, outputBytes: 0 };
  };
  return { log: { append } as unknown as RunLogStore, back };
}

const isPending = async (promise: Promise<unknown>): Promise<boolean> => {
  let pending = true;
  void promise.then(() => (pending = false));
  for (let n = 0; n < 5; n += 1) await new Promise(setImmediate);
  return pending;
};

describe('what is written while Redis is away', () => {
  it('is taken up to a megabyte, then its source waits; all of it is there afterwards', async () => {
    const { log, back } = awayLog();
    const writer = new LogWriter(log, { runId: 'r', epoch: 1, lastSeq: 0, ...BOUNDS });
    for (let n = 0; n < 90; n += 1) writer.push('text.delta', PIECE);
    expect(await isPending(writer.ready())).toBe(false);
    for (let n = 0; n < 90; n += 1) writer.push('text.delta', PIECE);
    const ready = writer.ready();
    const settled = writer.settle();
    expect([await isPending(ready), await isPending(settled)]).toEqual([true, true]);
    back();
    await Promise.all([ready, settled]);
    expect(writer.lastSeq).toBe(180);
  });
});

describe('what is hurried', () => {
  it('is with Redis before the turn is over, and waits for its answer alone', async () => {
    const sent: number[] = [];
    const append = async (_runId: string, { expectedSeq, entries }: AppendRequest) => {
      sent.push(entries.length);
      return { lastSeq: expectedSeq + entries.length, deltaBytes: 0, outputBytes: 0 };
    };
    const writer = new LogWriter({ append } as unknown as RunLogStore, { runId: 'r', epoch: 1, lastSeq: 0, ...BOUNDS });
    writer.push('text.delta', PIECE);
    const hurried = writer.hurry();
    expect(sent).toEqual([1]);
    writer.push('text.delta', PIECE);
    await hurried;
    await writer.settle();
    expect(sent).toEqual([1, 1]);
  });
});
