import { processEnvironment } from '@steward/claude';
import { type RedisOptions } from '@steward/redis';
import { resolve } from 'node:path';
import { type ServerConfigService } from '../config/server-config.service.js';

export function redisOptions({ options }: ServerConfigService): RedisOptions {
  return {
    url: options.redisUrl,
    dataDir: resolve(options.dataDir),
    cacheDir: resolve(options.cacheDir),
    searchPath: processEnvironment()['PATH'] ?? '',
    pythonPath: options.pythonPath,
  };
}
