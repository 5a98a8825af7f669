import { describe, expect, it } from 'vitest';
import { type RunItem } from '../event.types.js';
import { type Received } from '../follow/source.types.js';
import { Inbox } from './inbox.js';

const received = (seq: number, text = ''): Received => ({
  item: { seq, fromSeq: seq, type: 'text.delta', data: { text } } as RunItem,
  position: '',
});

async function drain(inbox: Inbox): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { item } of inbox) if ('seq' in item) seqs.push(item.seq);
  return seqs;
}

describe('what a socket pushed', () => {
  it('is given in order, also what comes while it is taken', async () => {
    const inbox = new Inbox();
    inbox.push(received(1));
    const draining = drain(inbox);
    await Promise.resolve();
    inbox.push(received(2));
    inbox.push(received(3));
    inbox.leave();
    expect(await draining).toEqual([1, 2, 3]);
  });

  it.each([
    ['events', ''],
    ['text', 'x'.repeat(500_000)],
  ])('is bounded by its %s: the reader gets what fits, and asks again for the rest', async (_name, text) => {
    const inbox = new Inbox();
    let pushed = 0;
    while (inbox.push(received(pushed + 1, text))) pushed += 1;
    expect(inbox.push(received(999_999))).toBe(false);
    const seqs = await drain(inbox);
    expect(seqs).toEqual(Array.from({ length: pushed + 1 }, (_none, at) => at + 1));
    expect(seqs.length * (text.length + 1)).toBeLessThan(5_000_000);
  });

  it('is given to the end before a failure is thrown', async () => {
    const inbox = new Inbox();
    inbox.push(received(1));
    inbox.fail(new Error('lost'));
    const seen: Received[] = [];
    const reading = (async () => {
      for await (const one of inbox) seen.push(one);
    })();
    await expect(reading).rejects.toThrow('lost');
    expect(seen).toHaveLength(1);
  });
});
