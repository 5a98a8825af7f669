import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reduceState } from './cli-state.js';

describe('the state of a CLI before its next start', () => {
  let root: string;
  let path: string;
  const write = (state: unknown) => writeFileSync(path, typeof state === 'string' ? state : JSON.stringify(state));
  const left = () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : null);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-state-'));
    path = join(root, '.claude.json');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is what spares it work, and nothing that acts', async () => {
    const idle = {
      firstStartTime: '2026-11-21T12:20:54.242Z',
      machineID: 'd3bd0ec8f235',
      opusProMigrationComplete: true,
      migrationVersion: 13,
      userID: 'e9d591f1',
    };
    write({ env: { ANTHROPIC_BASE_URL: 'http://elsewhere' }, ...idle, projects: {}, hooks: {}, seenNotifications: {} });
    await reduceState(path);
    expect(left()).toEqual(idle);
  });

  it.each([
    [
      'values of another kind',
      { migrationVersion: 'x', userID: { a: 1 }, machineID: 'a b', xMigrationComplete: 'yes' },
    ],
    ['what is too long', { userID: 'u'.repeat(200) }],
    ['no object', [1]],
    ['nothing', 'null'],
    ['half of it', '{"userID":"a"'],
    ['names of Object.prototype', '{"__proto__":{"userID":"a"},"constructor":"a"}'],
  ])('with %s goes', async (_what, state) => {
    write(state);
    await reduceState(path);
    expect(left()).toBeNull();
  });

  it('that is too large goes unread', async () => {
    write({ userID: 'a', rest: 'x'.repeat(1024 * 1024) });
    await reduceState(path);
    expect(left()).toBeNull();
  });

  it.each([
    ['a link', (other: string) => symlinkSync(other, path)],
    ['another name of a file', (other: string) => linkSync(other, path)],
  ])('that is %s goes, and what it led to stays as it is', async (_what, plant) => {
    const other = join(root, 'other');
    writeFileSync(other, '{"userID":"a","more":1}');
    plant(other);
    await reduceState(path);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(other, 'utf8')).toBe('{"userID":"a","more":1}');
  });

  it('that is a folder goes; where there is none, none is made', async () => {
    mkdirSync(join(path, 'a'), { recursive: true });
    await reduceState(path);
    await reduceState(path);
    expect(existsSync(path)).toBe(false);
  });
});
