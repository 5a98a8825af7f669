import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { usesMusl } from '@steward/host';
import { buildEnvironment } from '../command/index.js';
import { tuningOf } from './engine-tuning.js';

const CLI = { path: '/claude', version: '1.0.0', source: 'setting', tuned: true } as const;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'steward-tuning-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('is forgotten by a bash that the CLI starts, and by what that starts', async () => {
  const tuning = await tuningOf(CLI, folder);
  expect(tuning).not.toBeNull();
  const env = buildEnvironment({
    folders: { home: folder, config: folder, tmp: folder },
    host: { PATH: process.env['PATH'] ?? '' },
    model: { KEPT: 'here' },
    apiMaxRetries: 0,
    apiTimeoutMs: 1000,
    confinedRoot: false,
    memoryFiles: false,
    tuning,
  });
  expect(env).toMatchObject({ ...tuning?.variables, BASH_ENV: tuning?.shellSetup });
  // Its stdin is a socket here, as the CLI's commands have it.
  const said = execFileSync('bash', ['-c', 'env; bash -c env'], { env, encoding: 'utf8' });
  expect(said.match(/^KEPT=here$/gm)).toHaveLength(2);
  for (const name of [...Object.keys(tuning?.variables ?? {}), 'BASH_ENV']) expect(said).not.toContain(`${name}=`);
});

it('is one file that nobody writes, whoever asks at once, and nothing for a CLI that does not take it', async () => {
  const path = join(folder, 'shell-setup.sh');
  rmSync(path, { force: true });
  const asked = await Promise.all(Array.from({ length: 8 }, () => tuningOf(CLI, folder)));
  expect(asked.map((tuning) => tuning?.shellSetup)).toEqual(Array(8).fill(path));
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(readdirSync(folder)).toEqual(['shell-setup.sh']);
  await expect(tuningOf({ ...CLI, tuned: false }, folder)).resolves.toBeNull();
});

it("knows musl's C library by its loader", () => {
  const [glibc, musl] = ['glibc', 'musl'].map((name) => join(folder, name));
  for (const path of [glibc!, musl!]) mkdirSync(path);
  writeFileSync(join(glibc!, 'ld-linux-x86-64.so.2'), '');
  writeFileSync(join(musl!, 'ld-musl-x86_64.so.1'), '');
  expect([glibc, musl, join(folder, 'none')].map((path) => usesMusl(path))).toEqual([false, true, false]);
});
