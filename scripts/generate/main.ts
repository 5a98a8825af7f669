import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { clientApi } from './client-api.source.js';
import { clientErrors } from './client-errors.source.js';
import { clientEvents } from './client-events.source.js';
import { errorsPage } from './errors.page.js';
import { eventsPage } from './events.page.js';
import { lintConfig } from './floors.js';
import { metricsPage } from './metrics.page.js';
import { envExample, settingsPage } from './settings.page.js';

/** Everything that is made from tables: `--check` only says what is stale or superfluous (exit code 1). */
const FILES: Readonly<Record<string, string>> = {
  'docs/configuration.md': settingsPage(),
  'docs/errors.md': errorsPage(),
  'docs/events.md': eventsPage(),
  'docs/metrics.md': metricsPage(),
  ...clientErrors(),
  ...clientEvents(),
  ...(await clientApi()),
  '.env.example': envExample(),
  '.oxlintrc.json': `${JSON.stringify(lintConfig(), null, 2)}\n`,
};

const check = process.argv.includes('--check');
const stale = Object.entries(FILES).filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
const superfluous = ['apps', 'libs', 'scripts', 'test']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`))
  .filter((path) => path.endsWith('.generated.ts') && !(path in FILES));
if (!check) {
  for (const [path, text] of stale) writeFileSync(path, text);
  for (const path of superfluous) rmSync(path);
}
for (const [path] of stale) process.stdout.write(`${check ? 'stale' : 'written'}: ${path}\n`);
for (const path of superfluous) process.stdout.write(`${check ? 'superfluous' : 'removed'}: ${path}\n`);
if (check && stale.length + superfluous.length > 0) {
  process.stderr.write('Run `npm run generate` and commit what it writes and removes.\n');
  process.exit(1);
}
