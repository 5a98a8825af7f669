import { RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { RedisProcess } from './redis.process.js';

/** A Redis of its own that can be killed and comes back with what it had. */
export interface LeavingRedis {
  readonly connections: RedisConnections;
  /** Resolves when it is known to be away. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

/** @param take gets a new one before each test; it is gone after it */
export function withLeavingRedis(take: (redis: LeavingRedis) => void): void {
  let redis: RedisProcess;
  let connections: RedisConnections;
  beforeEach(async () => {
    redis = await RedisProcess.start({ durable: true });
    connections = await RedisConnections.connect(redis.url, null);
    take({
      connections,
      leave: async () => {
        await redis.kill();
        await vi.waitFor(() => expect(connections.commands.status).not.toBe('ready'), { timeout: 20_000 });
      },
      comeBack: async () => {
        await redis.startAgain();
      },
    });
  });
  afterEach(async () => {
    await connections.close();
    await redis[Symbol.asyncDispose]();
  });
}
