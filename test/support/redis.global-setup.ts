import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedRedis } from '@steward/redis';
import { type TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A real Redis for all specs of the run; each spec takes keys or a database of its own. */
    redis: { path: string; password: string };
  }
}

/** One real Redis for the whole run, found or fetched just as the server does it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-test-'));
  const redis = await EmbeddedRedis.start({
    url: null,
    dataDir,
    cacheDir: '.cache',
    searchPath: process.env['PATH'] ?? '',
    pythonPath: 'python3',
  });
  project.provide('redis', { path: redis.socketPath, password: redis.password });
  return async () => {
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
