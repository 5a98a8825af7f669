import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisConnections } from '@steward/redis';
import {
  CLAUDE_SETTINGS,
  ClaudeConfigService,
  loadSettings,
  newRunId,
  newSessionId,
} from '../../libs/claude/src/config/index.js';
import { ClaudeBreakerService } from '../../libs/claude/src/breaker/index.js';
import { type ClaudeMetricsService } from '../../libs/claude/src/metrics/index.js';
import {
  ClaudeModelService,
  ModelBreakers,
  ModelFacts,
  ModelLedgerStore,
  spendingLimits,
} from '../../libs/claude/src/model/index.js';
import { startPrivateRedis } from '../support/private-redis.js';

/**
 * The model gateway as a process of its own, with a Redis of its own and a budget to check, as in a worker: what it takes
 * must not come off the time of whoever measures. Prints its address and the token of one run; ends on SIGTERM.
 */
const [modelUrl = ''] = process.argv.slice(2);
const dataDir = mkdtempSync(join(tmpdir(), 'steward-bench-gateway-'));
const redis = await startPrivateRedis(dataDir);
const connections = await RedisConnections.connect(null, redis);
const options = loadSettings(CLAUDE_SETTINGS, { ANTHROPIC_API_KEY: 'bench', ANTHROPIC_BASE_URL: modelUrl });
const none = () => undefined;
const metrics = { count: none, add: none, observe: none, set: none } as unknown as ClaudeMetricsService;
const config = new ClaudeConfigService(options);
const gateway = new ClaudeModelService(
  config,
  new ModelLedgerStore(connections),
  new ModelFacts(),
  metrics,
  new ModelBreakers(new ClaudeBreakerService(config, metrics), config),
);
await gateway.onModuleInit();
const door = gateway.open();
const unlimited = { costUsd: null, tokens: null };
const limit = { costUsd: '1000000', tokens: null };
await door.assign({
  runId: newRunId(),
  sessionId: newSessionId(),
  payer: { tenant: 'bench', user: 'bench' },
  acceptedAt: new Date().toISOString(),
  isFirst: true,
  repeats: true,
  model: null,
  limits: spendingLimits(limit, { day: limit, month: unlimited }),
  record: null,
  observer: { used: () => undefined, exhausted: () => undefined, shut: () => undefined },
});
const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: token } = door.environment;
process.stdout.write(`gateway ${url} ${token}\n`);
process.once('SIGTERM', () => {
  void gateway
    .onModuleDestroy()
    .then(() => connections.close())
    .then(() => rmSync(dataDir, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
