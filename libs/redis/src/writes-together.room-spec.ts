import { type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../../test/support/redis.process.js';
import { RedisConnections } from './redis-connections.js';

describe('what is asked of Redis', () => {
  let redis: RedisProcess;
  let connections: RedisConnections;

  beforeEach(async () => {
    redis = await RedisProcess.start();
    connections = await RedisConnections.connect(redis.url, null);
  });
  afterEach(async () => {
    await connections.close();
    await redis[Symbol.asyncDispose]();
  });

  /** Counts what goes to the system from here on. */
  function countWrites(): () => number {
    const stream = connections.commands.stream as unknown as Required<Pick<Socket, '_write' | '_writev'>>;
    const [write, writev] = [stream._write.bind(stream), stream._writev.bind(stream)];
    let writes = 0;
    stream._write = (...words) => {
      writes += 1;
      write(...words);
    };
    stream._writev = (...words) => {
      writes += 1;
      writev(...words);
    };
    return () => writes;
  }

  it('in one turn goes out in one write, also what is asked by who waits for nothing', async () => {
    const writes = countWrites();
    const later = Promise.resolve().then(() => connections.commands.incr('n'));
    const now = ['a', 'b', 'c'].map((key) => connections.commands.set(key, 'x'.repeat(1000)));
    expect(await Promise.all([...now, later])).toEqual(['OK', 'OK', 'OK', 1]);
    expect(writes()).toBe(1);
  });

  it('is answered in its order, however much it is', async () => {
    const keys = Array.from({ length: 500 }, (_one, at) => `key ${at}`);
    await Promise.all(keys.map((key, at) => connections.commands.set(key, `${at} ${'y'.repeat(2000)}`)));
    const read = await connections.commands.mget(keys);
    expect(read.map((text) => text?.split(' ')[0])).toEqual(keys.map((_key, at) => String(at)));
  });

  it('goes on after the connection was lost', async () => {
    connections.patient.disconnect(true);
    const writes = [connections.patient.incr('m'), connections.patient.incr('m')];
    expect(await Promise.all(writes)).toEqual([1, 2]);
  });
});
