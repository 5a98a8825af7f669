import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { RedisProcess } from './redis.process.js';
import { ServerProcess } from './server.process.js';

/** Starts a further server at the same Redis and data folder. */
export type StartServer = (role: 'api' | 'worker') => Promise<ServerProcess>;

/**
 * Several servers with one Redis, one data folder and one scripted Messages API, for the tests of the surrounding
 * `describe`; whichever were started are ended behind the last test, the newest first.
 *
 * @param env of every server
 * @param begin is called before the first test, with the address of their Redis
 */
export function withServers(
  env: Readonly<Record<string, string>>,
  begin: (start: StartServer, redisUrl: string) => Promise<void>,
): void {
  const servers: ServerProcess[] = [];
  let dataDir: string | undefined;
  let api: MessagesApi | undefined;
  let redis: RedisProcess | undefined;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steward-servers-'));
    dataDir = folder;
    const { url: modelUrl } = (api = await startMessagesApi());
    const { url } = (redis = await RedisProcess.start());
    const start: StartServer = async (role) => {
      const shared = { ...env, REDIS_URL: url, STEWARD_ROLE: role };
      const server = await ServerProcess.start({ modelUrl, dataDir: folder, env: shared });
      servers.unshift(server);
      return server;
    };
    await begin(start, url);
  });
  // Whatever did not start, the rest is ended all the same.
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await api?.close();
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
}
