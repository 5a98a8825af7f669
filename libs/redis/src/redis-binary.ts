import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fetchRedisPackage } from './redis-package.js';

export interface RedisBinary {
  readonly path: string;
  /** Added to the environment of the server process. */
  readonly env: Readonly<Record<string, string>>;
}

const NAMES = ['redis-server', 'valkey-server'];

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
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const found = NAMES.map((name) => join(folder, name)).find(isExecutable);
    if (found) return { path: found, env: {} };
  }
  return fetchRedisPackage(cacheDir, aptProgram);
}

export function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
