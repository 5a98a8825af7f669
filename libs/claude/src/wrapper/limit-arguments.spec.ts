import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ClaudeOptions } from '../config/index.js';
import { bytesBelow } from './bytes-below.js';
import { limitArguments } from './limit-arguments.js';

const boundOf = (maxWorkspaceBytes: number, presentBytes: number): string | undefined => {
  const words = limitArguments({ maxWorkspaceBytes, cgroup: null } as ClaudeOptions, [], presentBytes);
  return words[words.indexOf('--max-workspace-bytes') + 1];
};

it('lets an agent live in files that were found too large, whatever was written until the one before was gone', () => {
  expect(boundOf(1000, 0)).toBe('1000');
  expect(boundOf(1000, 1001)).toBe('2000');
  expect(boundOf(1000, 2500)).toBe('3000');
  expect(limitArguments({ maxWorkspaceBytes: 0, cgroup: null } as ClaudeOptions, [], 5)).toEqual([]);
});

it('counts what all below folders takes on disk, and follows no link', async () => {
  const root = mkdtempSync(join(tmpdir(), 'steward-bytes-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/one'), 'x'.repeat(1000));
  writeFileSync(join(root, 'a/b/two'), 'x'.repeat(500));
  symlinkSync('/', join(root, 'a/link'));
  const bytes = await bytesBelow([join(root, 'a'), join(root, 'none')]);
  const onDisk = (path: string) => Math.max(1, lstatSync(join(root, path)).blocks) * 512;
  expect(bytes).toBe(['a/b', 'a/one', 'a/b/two', 'a/link'].reduce((sum, path) => sum + onDisk(path), 0));
  rmSync(root, { recursive: true });
});
