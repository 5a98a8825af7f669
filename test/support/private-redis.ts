import { EmbeddedRedis } from '@steward/redis';

/** A private Redis, found or fetched just as the server does it. */
export const startPrivateRedis = (dataDir: string): Promise<EmbeddedRedis> =>
  EmbeddedRedis.start({
    url: null,
    dataDir,
    cacheDir: '.cache',
    searchPath: process.env['PATH'] ?? '',
    pythonPath: 'python3',
  });
