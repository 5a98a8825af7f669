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
  tuning: tuningVariables(true),
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
  const strange = { ...tuningVariables(true), BUN_JSC_thereIsNoSuchSetting: '1' };
  const { tuned, version } = await locateCli({ ...search(null), tuning: strange });
  expect({ tuned, version }).toMatchObject({ tuned: false, version: expect.stringMatching(/^\d/) as string });
});

it('starts a CLI that refuses the tuning without it', async () => {
  const path = standIn('refuses', '[ -z "$BUN_JSC_useFTLJIT" ] || { echo no >&2; exit 1; }; echo 9.9.9');
  await expect(locateCli(search(path))).resolves.toEqual({ path, version: '9.9.9', source: 'setting', tuned: false });
});

it('does not blame the tuning for what fails without it as well', async () => {
  const killed = standIn('killed', `echo x >> ${folder}/starts; kill -9 $$`);
  await expect(locateCli(search(killed))).rejects.toMatchObject({ code: 'cli.unusable' });
  const mute = standIn('mute', 'exit 3');
  await expect(locateCli(search(mute))).rejects.toMatchObject({ code: 'cli.unusable' });
});
