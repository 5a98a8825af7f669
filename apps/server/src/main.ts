import 'reflect-metadata';
import { ClaudeError, ClaudeService, SettingsError } from '@steward/claude';
import { RedisUnavailableError } from '@steward/redis';
import { banner } from './boot/banner.js';
import { createApp } from './boot/create-app.js';
import { FaultsService } from './faults/faults.service.js';
import { ServerConfigService } from './config/server-config.service.js';

/** sysexits: what is wrong with the configuration does not get better by a restart. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;
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
  process.stderr.write(`steward: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof SettingsError) process.exit(EXIT_CONFIG);
  if (error instanceof RedisUnavailableError) process.exit(EXIT_UNAVAILABLE);
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    process.stderr.write('steward: another program listens there already; set PORT to another one.\n');
    process.exit(EXIT_UNAVAILABLE);
  }
  if (error instanceof ClaudeError) process.exit(EXIT_CONFIG);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  process.exit(1);
}
