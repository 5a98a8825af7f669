import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { usesMusl } from '@steward/host';
import { buildEnvironment } from '../command/index.js';
import { tuningOf } from './engine-tuning.js';

const CLI = { path: '/claude', version: '1.0.0', source: 'setting', tuned: true } as const;

const unexpected = (error: unknown) => {
  throw error;
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'steward-tuning-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([['data'], ['a folder with spaces'], ['$(touch pwned) `touch pwned` $HOME "quoted" \\back']])(
  'is forgotten by a bash that the CLI starts, and by what that starts (%s)',
  async (name) => {
    const dataDir = join(folder, name);
    mkdirSync(dataDir);
    const tuning = await tuningOf(CLI, dataDir, unexpected);
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
    expect(env).toMatchObject(tuning?.variables ?? {});
    // Its stdin is a socket here, as the CLI's commands have it.
    const said = execFileSync('bash', ['-c', 'env; bash -c env'], { env, cwd: dataDir, encoding: 'utf8' });
    expect(said.match(/^KEPT=here$/gm)).toHaveLength(2);
    const variables = [...Object.keys(tuning?.variables ?? {}), 'BASH_ENV'];
    for (const variable of variables) expect(said).not.toContain(`${variable}=`);
    expect(readdirSync(dataDir)).toEqual(['shell-setup.sh']);
  },
);

it('is one file that nobody writes, whoever asks at once, and nothing for a CLI that does not take it', async () => {
  const dataDir = join(folder, 'asked-at-once');
  mkdirSync(dataDir);
  const path = join(dataDir, 'shell-setup.sh');
  const asked = await Promise.all(Array.from({ length: 8 }, () => tuningOf(CLI, dataDir, unexpected)));
  expect(asked.map((tuning) => tuning?.shellSetup)).toEqual(Array(8).fill(path));
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(readdirSync(dataDir)).toEqual(['shell-setup.sh']);
  await expect(tuningOf({ ...CLI, tuned: false }, dataDir, unexpected)).resolves.toBeNull();
});

it('is left out, and said, where the file cannot be made', async () => {
  const warned: unknown[] = [];
  await expect(tuningOf(CLI, join(folder, 'nowhere'), (error) => warned.push(error))).resolves.toBeNull();
  expect(warned).toMatchObject([{ code: 'ENOENT' }]);
});

it("knows musl's C library by its loader", () => {
  const [glibc, musl] = ['glibc', 'musl'].map((name) => join(folder, name));
  for (const path of [glibc!, musl!]) mkdirSync(path);
  writeFileSync(join(glibc!, 'ld-linux-x86-64.so.2'), '');
  writeFileSync(join(musl!, 'ld-musl-x86_64.so.1'), '');
  expect([glibc, musl, join(folder, 'none')].map((path) => usesMusl(path))).toEqual([false, true, false]);
});
