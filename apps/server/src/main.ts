import 'reflect-metadata';
import { SettingsError } from '@steward/claude';
import { RedisUnavailableError } from '@steward/redis';
import { banner } from './boot/banner.js';
import { createApp } from './boot/create-app.js';
import { ServerConfigService } from './config/server-config.service.js';

/** sysexits: what is wrong with the configuration does not get better by a restart. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;

try {
  const app = await createApp();
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  const config = app.get(ServerConfigService);
  await app.listen(config.options.port, config.options.host);
  process.stdout.write(banner(await app.getUrl(), config));
} catch (error) {
  process.stderr.write(`steward: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof SettingsError) process.exit(EXIT_CONFIG);
  if (error instanceof RedisUnavailableError) process.exit(EXIT_UNAVAILABLE);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  process.exit(1);
}
