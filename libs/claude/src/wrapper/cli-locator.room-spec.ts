import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tuningVariables } from '../command/index.js';
import { type CliSearch, locateCli } from './cli-locator.js';

let folder: string;
beforeAll(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'steward-locator-')))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const search = (setting: string | null): CliSearch => ({
  setting,
  searchPath: '/usr/bin:/bin',
  from: fileURLToPath(import.meta.url),
  home: folder,
  tuning: tuningVariables(false),
});

/** Stands in for a CLI whose engine is not the one that the variables are for. */
function standIn(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

it('finds that the real CLI takes the tuning, and leaves it out where it is not wanted', async () => {
  const found = await locateCli(search(null));
  expect(found).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string, tuned: true });
  const plain = await locateCli({ ...search(null), tuning: null });
  expect(plain).toEqual({ ...found, tuned: false });
});

it('the real CLI does not start with a setting that it does not know', async () => {
  const strange = { ...tuningVariables(false), BUN_JSC_thereIsNoSuchSetting: '1' };
  const { tuned, version } = await locateCli({ ...search(null), tuning: strange });
  expect({ tuned, version }).toMatchObject({ tuned: false, version: expect.stringMatching(/^\d/) as string });
});

it('starts a CLI that refuses the tuning without it', async () => {
  const path = standIn('refuses', '[ -z "$BUN_JSC_useFTLJIT" ] || { echo no >&2; exit 1; }; echo 9.9.9');
  await expect(locateCli(search(path))).resolves.toEqual({ path, version: '9.9.9', source: 'setting', tuned: false });
});

it.each([
  ['dies of it', 'kill -9 $$'],
  ['prints something else', 'echo "error at bun 1.2.3: unknown"; exit 0'],
  ['prints nothing', 'exit 0'],
])('starts a CLI that %s without it', async (what, script) => {
  const path = standIn(what.replaceAll(' ', '-'), `[ -z "$BUN_JSC_useFTLJIT" ] || { ${script}; }; echo 9.9.9`);
  await expect(locateCli(search(path))).resolves.toMatchObject({ version: '9.9.9', tuned: false });
});

it('says what fails without it as well', async () => {
  await expect(locateCli(search(standIn('killed', 'kill -9 $$')))).rejects.toMatchObject({ code: 'cli.unusable' });
  await expect(locateCli(search(standIn('mute', 'exit 3')))).rejects.toMatchObject({ code: 'cli.unusable' });
});
