import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyTree } from './copy-tree.js';

const ANY = { name: 'it', limitBytes: 0 };

describe('a copy of a tree', () => {
  let root: string;
  const from = (...names: string[]) => join(root, 'from', ...names);
  const to = (...names: string[]) => join(root, 'to', ...names);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-copy-'));
    mkdirSync(from());
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('has files, folders and links as they are: contents, permissions, times', async () => {
    mkdirSync(from('a/shut'), { recursive: true });
    writeFileSync(from('a/run.sh'), '#!/bin/sh\n', { mode: 0o750 });
    utimesSync(from('a/run.sh'), 1_000_000_000, 1_100_000_000);
    symlinkSync('/etc', from('out'));
    symlinkSync('nowhere', from('a/broken'));
    execFileSync('chmod', ['0555', from('a/shut')]);
    await copyTree(from(), to(), ANY);
    expect(readFileSync(to('a/run.sh'), 'utf8')).toBe('#!/bin/sh\n');
    expect(statSync(to('a/run.sh'))).toMatchObject({ mode: 0o100750, mtimeMs: 1_100_000_000_000 });
    expect([readlinkSync(to('out')), readlinkSync(to('a/broken'))]).toEqual(['/etc', 'nowhere']);
    expect(lstatSync(to('a/shut')).mode & 0o777).toBe(0o555);
  });

  it('has names in any encoding', async () => {
    execFileSync('sh', [
      '-c',
      'cd "$0"; mkdir "$(printf "d\\351")"; echo x > "$(printf "d\\351")/$(printf "caf\\351")"',
      from(),
    ]);
    await copyTree(from(), to(), ANY);
    const [folder] = readdirSync(to(), 'buffer');
    expect(folder).toEqual(Buffer.from('d\xe9', 'latin1'));
    expect(readdirSync(Buffer.concat([Buffer.from(`${to()}/`), folder!]), 'buffer')).toEqual([
      Buffer.from('caf\xe9', 'latin1'),
    ]);
  });

  it('has no pipes and sockets, and nothing that runs as its owner', async () => {
    execFileSync('mkfifo', [from('pipe')]);
    writeFileSync(from('tool'), 'x');
    execFileSync('chmod', ['6755', from('tool')]);
    await copyTree(from(), to(), ANY);
    expect(readdirSync(to())).toEqual(['tool']);
    expect(statSync(to('tool')).mode & 0o7777).toBe(0o755);
  });

  it('stops before what would be too much', async () => {
    mkdirSync(from('a'));
    writeFileSync(from('a/small'), Buffer.alloc(1000));
    writeFileSync(from('a/z-large'), Buffer.alloc(1_000_000));
    const bound = { name: 'it', limitBytes: 500_000 };
    const details = { name: 'it', bytes: 1_001_000, limit: 500_000 };
    await expect(copyTree(from(), to(), bound)).rejects.toMatchObject({ code: 'workspace.too_large', details });
    expect(existsSync(to('a/z-large'))).toBe(false);
  });

  it('says so when a path is too long for the kernel', async () => {
    const program = 'import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(50): os.mkdir("d" * 99); os.chdir("d" * 99)';
    execFileSync('python3', ['-c', program, from()]);
    const details = { name: 'it', reason: 'a path in it would be longer than 4,095 bytes' };
    await expect(copyTree(from(), to(), ANY)).rejects.toMatchObject({ code: 'workspace.unavailable', details });
  });

  it('says why it cannot be written', async () => {
    writeFileSync(from('file'), 'x');
    writeFileSync(to(), 'no folder');
    const details = { name: 'it', reason: 'EEXIST' };
    await expect(copyTree(from(), to(), ANY)).rejects.toMatchObject({ code: 'workspace.unavailable', details });
  });
});
