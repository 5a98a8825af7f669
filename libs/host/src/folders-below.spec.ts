import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldersBelow } from './folders-below.js';
import { removeTree } from './remove-tree.js';

/** A folder in the other, so many times: beyond 4,095 bytes only a walk from one to the next gets there. */
const dig = (root: string, levels: number, name = 'd'.repeat(99)): void => {
  const program =
    'import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(int(sys.argv[2])): os.mkdir(sys.argv[3]); os.chdir(sys.argv[3])\nopen("deep.txt","w").close()';
  execFileSync('python3', ['-c', program, root, String(levels), name]);
};

describe('a tree of folders', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-tree-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const found = async (unreadable?: (error: NodeJS.ErrnoException) => void): Promise<string[]> => {
    const names: string[] = [];
    for await (const { entries, within } of foldersBelow(root, unreadable))
      names.push(...entries.map(({ name }) => join(within().toString('latin1'), name.toString('latin1'))));
    return names.toSorted();
  };

  it('is walked, each folder before those in it, and no link is followed', async () => {
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/file'), '');
    symlinkSync('/etc', join(root, 'a/out'));
    expect(await found()).toEqual(['a', 'a/b', 'a/b/file', 'a/out']);
  });

  it('has names in any encoding', async () => {
    execFileSync('sh', [
      '-c',
      'cd "$0"; mkdir "$(printf "d\\351")"; echo x > "$(printf "d\\351")/$(printf "f\\377")"',
      root,
    ]);
    expect(await found()).toEqual(['d\xe9', 'd\xe9/f\xff']);
  });

  it('is reached in any depth, and removed', async () => {
    dig(root, 100);
    mkdirSync(join(root, 'beside'));
    const all = await found();
    expect(all).toHaveLength(102);
    expect(Math.max(...all.map(({ length }) => length))).toBe(100 * 100 + 'deep.txt'.length);
    expect(all.find((name) => name.endsWith('/deep.txt'))).toBeDefined();
    await removeTree(root);
    expect(existsSync(root)).toBe(false);
  });

  it('is reached while many of its folders are deep', async () => {
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(join(root, name));
      dig(join(root, name), 60);
    }
    expect((await found()).filter((name) => name.endsWith('/deep.txt'))).toHaveLength(3);
    await removeTree(root);
    expect(existsSync(root)).toBe(false);
  });

  it('deeper than anybody needs is told, and leaves no descriptor open', { timeout: 60_000 }, async () => {
    dig(root, 4200, 'd');
    const before = readdirSync('/proc/self/fd').length;
    const told: (string | undefined)[] = [];
    let folders = 0;
    for await (const _folder of foldersBelow(root, ({ code }) => told.push(code))) folders += 1;
    expect([folders, told]).toEqual([4097, ['ENAMETOOLONG']]);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    await removeTree(root);
    expect(existsSync(root)).toBe(false);
  });

  it('that its reader leaves early leaves no descriptor open', async () => {
    dig(root, 60);
    const before = readdirSync('/proc/self/fd').length;
    for await (const { entries } of foldersBelow(root)) if (entries.some(({ name }) => name.includes('deep'))) break;
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  it.skipIf(process.geteuid?.() === 0)('passes over what cannot be read, where that is no failure', async () => {
    mkdirSync(join(root, 'shut'));
    chmodSync(join(root, 'shut'), 0);
    mkdirSync(join(root, 'open'));
    expect(await found(() => undefined)).toEqual(['open', 'shut']);
    await expect(found()).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('is removed by two at once', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      mkdirSync(join(root, name));
      dig(join(root, name), 60);
    }
    await Promise.all([removeTree(root), removeTree(root), removeTree(root)]);
    expect(existsSync(root)).toBe(false);
  });

  it('that is not there is removed already', async () => {
    await removeTree(join(root, 'none'));
    await expect(found()).resolves.toEqual([]);
  });
});
