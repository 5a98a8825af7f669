import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProjectFile } from '@steward/host';

export function projectVersion(): string {
  const file = findProjectFile(fileURLToPath(import.meta.url), 'nest-cli.json').replace(
    /nest-cli\.json$/,
    'package.json',
  );
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
