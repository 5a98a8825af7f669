import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { usesMusl } from '@steward/host';
import { buildEnvironment } from '../command/index.js';
import { tuningOf } from './engine-tuning.js';

const CLI = { path: '/claude', version: '1.0.0', source: 'setting', tuned: true } as const;

const warned: unknown[] = [];
const logger = { warn: (message: unknown) => warned.push(message) };

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'steward-tuning-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([['data'], ['a folder with spaces'], ['$(touch pwned) `touch pwned` $HOME "quoted" \\back']])(
  'is forgotten by a bash that the CLI starts, and by what that starts (%s)',
  async (name) => {
    const dataDir = join(folder, name);
    mkdirSync(dataDir);
    const tuning = await tuningOf(CLI, dataDir, logger);
    expect(tuning).not.toBeNull();
    const env = buildEnvironment({
      folders: { home: folder, config: folder, tmp: folder },
      host: { PATH: process.env['PATH'] ?? '' },
      model: { KEPT: 'here', CLAUDECODE: '1' },
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
  const asked = await Promise.all(Array.from({ length: 8 }, () => tuningOf(CLI, dataDir, logger)));
  expect(asked.map((tuning) => tuning?.shellSetup)).toEqual(Array(8).fill(path));
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(readdirSync(dataDir)).toEqual(['shell-setup.sh']);
  await expect(tuningOf({ ...CLI, tuned: false }, dataDir, logger)).resolves.toBeNull();
});

it('is as it has to be again, whatever took its place and whatever the umask', async () => {
  const dataDir = join(folder, 'mended');
  mkdirSync(dataDir);
  const path = join(dataDir, 'shell-setup.sh');
  const masked = process.umask(0o077);
  try {
    await tuningOf(CLI, dataDir, logger);
    const written = readFileSync(path, 'utf8');
    const harms = [
      () => chmodSync(path, 0o400),
      () => chmodSync(path, 0o666),
      () => writeFileSync(path, 'x'.repeat(written.length), { mode: 0o444 }),
      () => (rmSync(path), symlinkSync('/dev/zero', path)),
      () => (rmSync(path), execFileSync('mkfifo', ['-m', '444', path])),
    ];
    for (const harm of harms) {
      harm();
      await tuningOf(CLI, dataDir, logger);
      expect(lstatSync(path).isFile()).toBe(true);
      expect(lstatSync(path).mode & 0o777).toBe(0o444);
      expect(readFileSync(path, 'utf8')).toBe(written);
    }
  } finally {
    process.umask(masked);
  }
  expect(warned).toEqual([]);
});

it('drafts that a killed server left are removed, and those of one that writes now are not', async () => {
  const dataDir = join(folder, 'drafts');
  mkdirSync(dataDir);
  const [left, young] = ['shell-setup.sh.left', 'shell-setup.sh.young'].map((name) => join(dataDir, name));
  for (const path of [left!, young!]) writeFileSync(path, '');
  utimesSync(left!, new Date(), new Date(Date.now() - 61_000));
  await tuningOf(CLI, dataDir, logger);
  expect(readdirSync(dataDir).toSorted()).toEqual(['shell-setup.sh', 'shell-setup.sh.young']);
});

it('is left out, and said, where the file cannot be made', async () => {
  const blocked = join(folder, 'blocked');
  mkdirSync(join(blocked, 'shell-setup.sh'), { recursive: true });
  for (const dataDir of [join(folder, 'nowhere'), blocked]) {
    await expect(tuningOf(CLI, dataDir, logger)).resolves.toBeNull();
  }
  expect(warned.splice(0)).toMatchObject([{ err: { code: 'ENOENT' } }, { err: { code: 'EISDIR' } }]);
  expect(readdirSync(blocked)).toEqual(['shell-setup.sh']);
});

it("knows musl's C library by its loader", () => {
  const [glibc, musl] = ['glibc', 'musl'].map((name) => join(folder, name));
  for (const path of [glibc!, musl!]) mkdirSync(path);
  writeFileSync(join(glibc!, 'ld-linux-x86-64.so.2'), '');
  writeFileSync(join(musl!, 'ld-musl-x86_64.so.1'), '');
  expect([glibc, musl, join(folder, 'none')].map((path) => usesMusl(path))).toEqual([false, true, false]);
});
