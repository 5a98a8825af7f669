import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { clientErrorCodes, clientEvents } from './client.source.js';
import { errorsPage } from './errors.page.js';
import { eventsPage } from './events.page.js';
import { lintConfig } from './floors.js';
import { metricsPage } from './metrics.page.js';
import { envExample, settingsPage } from './settings.page.js';

/** Everything that is made from tables: `--check` only says what is stale (exit code 1). */
const FILES: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': settingsPage,
  'docs/errors.md': errorsPage,
  'docs/events.md': eventsPage,
  'docs/metrics.md': metricsPage,
  'libs/client/src/events.generated.ts': clientEvents,
  'libs/client/src/error-codes.generated.ts': clientErrorCodes,
  '.env.example': envExample,
  '.oxlintrc.json': () => `${JSON.stringify(lintConfig(), null, 2)}\n`,
};

const check = process.argv.includes('--check');
const stale = Object.entries(FILES).filter(
  ([path, make]) => !existsSync(path) || readFileSync(path, 'utf8') !== make(),
);
if (!check) for (const [path, make] of stale) writeFileSync(path, make());
for (const [path] of stale) process.stdout.write(`${check ? 'stale' : 'written'}: ${path}\n`);
if (check && stale.length > 0) {
  process.stderr.write('Run `npm run generate` and commit what it writes.\n');
  process.exit(1);
}
