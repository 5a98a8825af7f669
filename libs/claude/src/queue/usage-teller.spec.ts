import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EventData } from '../stream/index.js';
import { UsageTeller } from './usage-teller.js';

type Used = EventData<'usage'>;

const used = (inputTokens: number, requestId?: string): Used =>
  ({
    usage: { inputTokens, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
    costUsd: '0',
    ...(requestId ? { request: { requestId } } : {}),
  }) as Used;

describe('what a run has used', () => {
  it('is told a moment later, the newest figures for all', async () => {
    const told: Used[] = [];
    const teller = new UsageTeller((data) => told.push(data));
    teller.note(used(1));
    teller.note(used(2));
    expect(told).toEqual([]);
    await expect.poll(() => told).toEqual([used(2)]);
    teller.note(used(3));
    await expect.poll(() => told).toEqual([used(2), used(3)]);
  });

  it('loses nothing that an ended request says of itself', () => {
    const told: Used[] = [];
    const teller = new UsageTeller((data) => told.push(data));
    for (const one of [used(1), used(2, 'a'), used(3), used(4, 'b'), used(5, 'c'), used(6)]) teller.note(one);
    teller.flush();
    expect(told).toEqual([used(2, 'a'), used(4, 'b'), used(5, 'c'), used(6)]);
  });

  it('is told once, however often it is flushed', async () => {
    const told: Used[] = [];
    const teller = new UsageTeller((data) => told.push(data));
    teller.note(used(1));
    teller.flush();
    teller.flush();
    await delay(100);
    expect(told).toEqual([used(1)]);
  });
});
