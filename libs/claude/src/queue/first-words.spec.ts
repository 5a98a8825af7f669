import { describe, expect, it } from 'vitest';
import { deferred } from '../stream/index.js';
import { FirstWords } from './first-words.js';

function words() {
  const log = deferred();
  const did: string[] = [];
  const hurry = () => {
    did.push('hurry');
    return log.promise;
  };
  return { log, did, first: new FirstWords({ hurry }, () => did.push('told')) };
}

describe('the first words of an answer', () => {
  it('go to the log at once, and hold what follows until they are there', async () => {
    const { log, did, first } = words();
    expect(first.takeHold()).toBeNull();
    first.said();
    expect(did).toEqual(['told', 'hurry']);
    const order: string[] = [];
    const held = first.takeHold()!.then(() => order.push('read on'));
    setImmediate(() => {
      order.push('logged');
      log.resolve();
    });
    await held;
    expect(order).toEqual(['logged', 'read on']);
  });

  it('are those that come first, and hold once', () => {
    const { did, first } = words();
    first.said();
    void first.takeHold();
    first.said();
    expect(first.takeHold()).toBeNull();
    expect(did).toEqual(['told', 'hurry']);
  });

  it('do not wait for a Redis that is away', async () => {
    const { first } = words();
    first.said();
    await expect(first.takeHold()).resolves.toBeUndefined();
  });
});
