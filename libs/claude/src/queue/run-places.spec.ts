import { describe, expect, it } from 'vitest';
import { RunPlaces } from './run-places.js';

describe('RunPlaces', () => {
  it('gives as many as there are, then in the order of asking', async () => {
    const places = new RunPlaces(() => 2);
    expect([places.tryTake(), places.tryTake(), places.tryTake()]).toEqual([true, true, false]);
    const order: number[] = [];
    const asked = [1, 2].map((who) => places.take().then(() => order.push(who)));
    places.release();
    await asked[0];
    expect(order).toEqual([1]);
    expect(places.tryTake()).toBe(false);
    places.release();
    await asked[1];
    expect(order).toEqual([1, 2]);
    places.release();
    expect(places.tryTake()).toBe(true);
  });
});
