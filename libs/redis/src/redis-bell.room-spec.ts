import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../../test/support/redis.process.js';
import { RedisBell } from './redis-bell.js';
import { RedisConnections } from './redis-connections.js';

describe('a bell', () => {
  let redis: RedisProcess;
  let all: RedisConnections[] = [];
  const bell = async () => {
    const connections = await RedisConnections.connect(redis.url, null);
    all.push(connections);
    return new RedisBell(connections, 'test');
  };

  beforeEach(async () => {
    redis = await RedisProcess.start();
  });
  afterEach(async () => {
    await Promise.all(all.map((connections) => connections.close()));
    all = [];
    await redis[Symbol.asyncDispose]();
  });

  it('is heard by every process that listens to the key, with what is said', async () => {
    const [one, two, three] = [await bell(), await bell(), await bell()];
    const heard: string[] = [];
    const ears = [
      one.listen('a', (text) => heard.push(`one ${text}`)),
      two.listen('a', (text) => heard.push(`two ${text}`)),
      two.listen('b', (text) => heard.push(`other ${text}`)),
    ];
    await Promise.all(ears.map((ear) => ear.heard));
    await three.ring('a', 'some words');
    await three.ring('b');
    await expect.poll(() => heard.toSorted()).toEqual(['one some words', 'other ', 'two some words']);
  });

  it('rings for who came later when an earlier one leaves', async () => {
    const [one, two] = [await bell(), await bell()];
    const heard: string[] = [];
    const first = one.listen('a', () => heard.push('first'));
    const second = one.listen('a', () => heard.push('second'));
    await second.heard;
    first.unlisten();
    await two.ring('a');
    await expect.poll(() => heard).toEqual(['second']);
    second.unlisten();
    await two.ring('a');
    // What is rung behind it has come when this has.
    const last = one.listen('b', () => heard.push('last'));
    await last.heard;
    await two.ring('b');
    await expect.poll(() => heard).toEqual(['second', 'last']);
  });

  it('rings again when Redis is back', async () => {
    const [one, two] = [await bell(), await bell()];
    const heard: string[] = [];
    await one.listen('a', (text) => heard.push(text)).heard;
    await redis.kill();
    await expect(two.ring('a', 'lost')).rejects.toBeInstanceOf(Error);
    await redis.startAgain();
    await expect
      .poll(async () => {
        await two.ring('a', 'again').catch(() => undefined);
        return heard.at(-1);
      })
      .toBe('again');
    expect(heard).not.toContain('lost');
  });
});
