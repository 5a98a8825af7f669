import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { GatewayBench } from '../support/gateway.bench.js';
import { connectRedis } from '../support/redis.connections.js';

const MIB = 1024 * 1024;
const ANSWER_BYTES = 100_000_000;

let redis: RedisConnections;
let api: MessagesApi;

beforeAll(async () => {
  redis = await connectRedis();
  api = await startMessagesApi({ journalBodies: 0 });
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

/** Its words go nowhere: whoever reads them has a memory of their own. */
it('the real CLI takes an answer of 100 MB through the gateway, and the gateway stays as small as it was', async () => {
  await using bench = await GatewayBench.start(redis, api.url);
  const { door, order } = await bench.serve();
  const home = mkdtempSync(join(tmpdir(), 'steward-large-'));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...door.environment,
  };
  const prompt = `[[big bytes=${ANSWER_BYTES} chunk=4000]]`;
  const cli = spawn(
    resolve('node_modules/.bin/claude'),
    ['-p', prompt, '--setting-sources', '', '--strict-mcp-config'],
    {
      cwd: home,
      env,
      stdio: 'ignore',
    },
  );
  const before = process.memoryUsage.rss();
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const [code] = (await once(cli, 'exit')) as [number | null];
  clearInterval(watch);
  await door.unassign();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  expect(code).toBe(0);
  const { usage, requestFacts } = await bench.ledger.run(order.runId);
  expect(usage.outputTokens).toBe(api.served().usage.output_tokens);
  const bytes = [...requestFacts.values()].map(
    (facts) => (JSON.parse(facts) as { responseBytes: number }).responseBytes,
  );
  expect(Math.max(...bytes)).toBeGreaterThan(ANSWER_BYTES);
  expect(peak - before).toBeLessThan(100 * MIB);
}, 180_000);
