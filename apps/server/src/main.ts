import 'reflect-metadata';
import { ClaudeService } from '@steward/claude';
import { banner } from './boot/banner.js';
import { createApp } from './boot/create-app.js';
import { startFailureOf } from './boot/start-failure.js';
import { FaultsService } from './faults/faults.service.js';
import { ServerConfigService } from './config/server-config.service.js';

/** Beyond the grace period of running work, for everything else. */
const EXIT_SLACK_MS = 15_000;

try {
  const app = await createApp();
  app.get(FaultsService).watch(() => app.close());
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  const config = app.get(ServerConfigService);
  // A part that waits for a Redis that is away must not keep the process for ever; the keepers end what it leaves.
  const giveUp = () => setTimeout(() => process.exit(1), config.options.shutdownGraceMs + EXIT_SLACK_MS).unref();
  process.once('SIGTERM', giveUp).once('SIGINT', giveUp);
  await app.listen(config.options.port, config.options.host);
  const sandbox = config.options.role === 'api' ? null : (await app.get(ClaudeService).status()).sandbox;
  process.stdout.write(banner(await app.getUrl(), config, sandbox));
} catch (error) {
  const { exitCode, text } = startFailureOf(error);
  process.stderr.write(`steward: ${text}\n`);
  process.exit(exitCode);
}
