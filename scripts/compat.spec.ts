import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What npm prints for a version that was never published. */
const ETARGET = `#!/bin/sh
echo 'npm warn Unknown user config "x"' >&2
echo 'npm error code ETARGET' >&2
echo 'npm error notarget No matching version found' >&2
exit 1
`;

describe('npm run compat', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'steward-compat-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const compat = (...words: string[]) =>
    spawnSync(process.execPath, [resolve('scripts/compat.mjs'), ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) },
    });

  it('tells in one line that a version cannot be had, and leaves nothing that looks installed', () => {
    writeFileSync(join(folder, 'npm'), ETARGET);
    chmodSync(join(folder, 'npm'), 0o755);
    const { status, stdout, stderr } = compat('2.1.9999');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Claude Code 2.1.9999 cannot be installed from npm: there is no such version\n');
    expect(existsSync(join(folder, '.cache/cli/2.1.9999'))).toBe(false);
  });

  it('says how it is called', () => {
    const { status, stderr } = compat('latest');
    expect([status, stderr]).toEqual([2, 'usage: npm run compat -- <version of @anthropic-ai/claude-code>\n']);
  });
});
