import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

describe('a folder that is made late', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-folder-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is private, and may be there already', async () => {
    for (let n = 0; n < 2; n += 1) await makeFolder(join(root, 'a'));
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
  });

  it('does not bring back what was removed', async () => {
    await expect(makeFolder(join(root, 'gone', 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(existsSync(join(root, 'gone'))).toBe(false);
  });
});
