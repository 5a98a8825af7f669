import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearPlanted, findPlanted } from './planted-files.js';

describe('files that could steer an agent', () => {
  let root: string;
  const folders = () => ({
    workspace: join(root, 'workspace'),
    home: join(root, 'home'),
    config: join(root, 'config'),
    tmp: join(root, 'tmp'),
  });
  const inConfig = (name: string, text = '{}') => writeFileSync(join(folders().config, name), text);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-planted-'));
    for (const path of Object.values(folders())) mkdirSync(path);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('what the CLI has while it replaces its state is its own, and gone before the next start', async () => {
    inConfig('.claude.json', '{"projects":{}}');
    inConfig('.claude.json.tmp.2.e9d9eccf0706', '{"half":');
    mkdirSync(join(folders().config, '.claude.json.lock'));
    expect(await findPlanted(folders())).toEqual([]);
    expect((await clearPlanted(folders(), false)).removed).toEqual([]);
    expect(readdirSync(folders().config)).toEqual([]);
  });

  it('the time of its last cleaning-up, which it writes after a few seconds, ends no process', async () => {
    inConfig('.last-cleanup', '2026-11-21T17:13:12.054Z');
    expect(await findPlanted(folders())).toEqual([]);
    expect((await clearPlanted(folders(), false)).removed).toEqual([]);
  });

  it.each(['settings.json', '.claude.json.tmp', '.claude.json.tmp.2.e9d9eccf0706.md', 'CLAUDE.md'])(
    '%s is told',
    async (name) => {
      inConfig(name);
      expect(await findPlanted(folders())).toEqual([`config/${name}`]);
    },
  );

  it('a state that acts is told with what acts in it', async () => {
    inConfig('.claude.json', '{"env":{"ANTHROPIC_BASE_URL":"http://elsewhere"}}');
    expect(await findPlanted(folders())).toEqual(['config/.claude.json (env)']);
  });
});
