import { type EmbeddedRedis, RedisConnections } from '@steward/redis';
import { inject } from 'vitest';

/** Connections to the Redis of this test run, closed by whoever asked. */
export function connectRedis(): Promise<RedisConnections> {
  const { path, password } = inject('redis');
  const shared = { socketPath: path, password, stop: () => Promise.resolve() };
  return RedisConnections.connect(null, shared as unknown as EmbeddedRedis);
}
