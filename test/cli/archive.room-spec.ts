import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../libs/claude/src/files/index.js';

const LIMITS = { maxBytes: 10_000_000, maxEntries: 1000 };

describe('an archive', () => {
  it('is what tar unpacks: any name, any size, the mode and the time', async () => {
    const [from, to] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'steward-tar-')));
    const names = [
      'plain',
      'with space',
      'ünïcödé 🎈',
      'line\nbreak',
      'x'.repeat(100),
      'x'.repeat(101),
      'y'.repeat(255),
    ];
    mkdirSync(join(from!, 'z'.repeat(200), 'inner'), { recursive: true });
    for (const [index, name] of names.entries())
      writeFileSync(join(from!, name), 'x'.repeat(index * 511), { mode: 0o755 });
    writeFileSync(join(from!, 'z'.repeat(200), 'inner', 'w'.repeat(200)), 'deep');
    try {
      const packed = await buffer(await archiveOf(from!, [], LIMITS));
      execFileSync('tar', ['xzf', '-', '-C', to!], { input: packed });
      expect(new Set(readdirSync(to!, { recursive: true, encoding: 'utf8' }))).toEqual(
        new Set(readdirSync(from!, { recursive: true, encoding: 'utf8' })),
      );
      for (const name of names) {
        expect(readFileSync(join(to!, name))).toEqual(readFileSync(join(from!, name)));
        expect(statSync(join(to!, name)).mode).toBe(statSync(join(from!, name)).mode);
      }
    } finally {
      for (const folder of [from!, to!]) rmSync(folder, { recursive: true });
    }
  });

  it('beyond its bounds is refused before its first byte', async () => {
    const from = mkdtempSync(join(tmpdir(), 'steward-tar-'));
    for (const name of ['a', 'b', 'c']) writeFileSync(join(from, name), 'x'.repeat(1000));
    await expect(archiveOf(from, [], { ...LIMITS, maxBytes: 2999 })).rejects.toThrow(/2999 bytes/);
    await expect(archiveOf(from, [], { ...LIMITS, maxEntries: 2 })).rejects.toThrow(/2 entries/);
    await expect(archiveOf(from, [], { maxBytes: 3000, maxEntries: 3 }).then(buffer)).resolves.toBeDefined();
    rmSync(from, { recursive: true });
  });
});
