import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ModelDoor } from './door.js';
import { type Serving } from './serving.js';
import { type ServingOrder } from './serving.types.js';

describe('the way of a process to the model', () => {
  it('is left for good when all is in the ledger, also for who leaves it while another does', async () => {
    const booked: string[] = [];
    const serving = { end: () => delay(50).then(() => void booked.push('the last request')) } as unknown as Serving;
    const door = new ModelDoor(
      () => ({}),
      () => Promise.resolve(serving),
      () => undefined,
      true,
    );
    await door.assign({} as ServingOrder);
    // The process ends, and its run hears of that.
    const closed = door.close();
    await door.unassign();
    expect(booked).toEqual(['the last request']);
    await closed;
  });
});
