import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLAUDE_SETTINGS } from './claude.settings.js';
import { loadSettings, SettingsError } from './load-settings.js';
import { choice, integer, list, optional } from './setting.builders.js';

const TABLE = {
  count: integer('STEWARD_COUNT', { group: 'g', initial: 3, min: 1, max: 10, about: '' }),
  mode: choice('STEWARD_MODE', ['a', 'b'], { group: 'g', initial: 'a', about: '' }),
  words: list('WORDS', { group: 'g', initial: ['x'], pattern: /^[a-z]+$/, about: '' }),
  key: optional('KEY', { group: 'g', secret: true, about: '' }),
};

describe('loadSettings', () => {
  it('takes defaults for what is absent or empty', () => {
    expect(loadSettings(TABLE, { STEWARD_COUNT: '', OTHER: '1' })).toEqual({
      count: 3,
      mode: 'a',
      words: ['x'],
      key: null,
    });
  });

  it('parses and trims', () => {
    const env = { STEWARD_COUNT: ' 10 ', STEWARD_MODE: 'b', WORDS: 'a, b ,', KEY: 'k' };
    expect(loadSettings(TABLE, env)).toEqual({ count: 10, mode: 'b', words: ['a', 'b'], key: 'k' });
  });

  it('names every problem at once', () => {
    const env = { STEWARD_COUNT: '11', STEWARD_MODE: 'c', WORDS: 'A', STEWARD_TYPO: '1' };
    const load = () => loadSettings(TABLE, env);
    expect(load).toThrow(SettingsError);
    for (const name of Object.keys(env)) expect(load).toThrow(name);
  });

  it.each(['1.5', '0x3', '1e1', 'three', '-1', '0'])('refuses %s as a whole number from 1 to 10', (text) => {
    expect(() => loadSettings(TABLE, { STEWARD_COUNT: text })).toThrow(/STEWARD_COUNT/);
  });

  it('reads a secret from a file, and only a secret', () => {
    const folder = mkdtempSync(join(tmpdir(), 'steward-settings-'));
    const file = join(folder, 'key');
    writeFileSync(file, 'from file\n');
    expect(loadSettings(TABLE, { KEY_FILE: file }).key).toBe('from file');
    expect(() => loadSettings(TABLE, { KEY_FILE: file, KEY: 'both' })).toThrow(/not both/);
    expect(() => loadSettings(TABLE, { KEY_FILE: join(folder, 'none') })).toThrow(/ENOENT/);
    expect(() => loadSettings(TABLE, { STEWARD_COUNT_FILE: file })).toThrow(/no such setting/);
    rmSync(folder, { recursive: true });
  });

  it('the defaults of the real table pass their own rules', () => {
    for (const setting of Object.values(CLAUDE_SETTINGS)) {
      if (setting.shownDefault) expect(setting.parse(setting.shownDefault)).toEqual(setting.initial);
    }
  });
});
