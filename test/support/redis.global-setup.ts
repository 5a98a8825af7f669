import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestProject } from 'vitest/node';
import { startPrivateRedis } from './private-redis.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A real Redis for all specs of the run; each spec takes keys or a database of its own. */
    redis: { path: string; password: string };
  }
}

/** One real Redis for the whole run, found or fetched just as the server does it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-test-'));
  const redis = await startPrivateRedis(dataDir);
  project.provide('redis', { path: redis.socketPath, password: redis.password });
  return async () => {
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
