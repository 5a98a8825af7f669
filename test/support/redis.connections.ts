import { type EmbeddedRedis, RedisConnections } from '@steward/redis';
import { inject } from 'vitest';

/**
 * Connections to the Redis of this test run, closed by whoever asked.
 *
 * @param database one of its own, for a spec that needs everything empty
 */
export async function connectRedis(database = 0): Promise<RedisConnections> {
  const { path, password } = inject('redis');
  const shared = { socketPath: path, password, stop: () => Promise.resolve() };
  const connections = await RedisConnections.connect(null, shared as unknown as EmbeddedRedis);
  if (database > 0) await Promise.all([connections.commands, connections.patient].map((one) => one.select(database)));
  return connections;
}
