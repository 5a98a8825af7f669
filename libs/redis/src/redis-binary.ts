import { findOnPath } from '@steward/host';
import { fetchRedisPackage } from './redis-package.js';

export interface RedisBinary {
  readonly path: string;
  /** Added to the environment of the server process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A Redis server program: from PATH, else Debian's package unpacked under `cacheDir` (never installed).
 *
 * @throws RedisUnavailableError when there is neither
 */
export async function findRedisBinary(
  searchPath: string,
  cacheDir: string,
  aptProgram = 'apt-get',
): Promise<RedisBinary> {
  const path = findOnPath(searchPath, 'redis-server', 'valkey-server');
  return path ? { path, env: {} } : fetchRedisPackage(cacheDir, aptProgram);
}
