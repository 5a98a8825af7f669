import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOORS, lintConfig } from './floors.js';

/** A house of empty rooms with one planted file; what the linter says about it. */
describe('the floors', () => {
  let house: string;

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  };
  const lint = (path: string, text: string): string => {
    put(path, text);
    try {
      execFileSync(resolve('node_modules/.bin/oxlint'), ['-f', 'json', path], {
        cwd: house,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      return '';
    } catch (error) {
      return (error as { stdout: string }).stdout;
    } finally {
      rmSync(join(house, path));
    }
  };

  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'steward-floors-'));
    put('.oxlintrc.json', JSON.stringify(lintConfig()));
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
    for (const room of FLOORS.flat()) {
      put(`libs/claude/src/${room}/index.ts`, 'export const door = 1;\n');
      put(`libs/claude/src/${room}/inside.ts`, 'export const inside = 1;\n');
    }
    put('libs/claude/src/claude.service.ts', 'export const facade = 1;\n');
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  const use = (from: string, name = 'door') => `import { ${name} } from '${from}';\nexport const used = ${name};\n`;
  const pairs = FLOORS.flatMap((rooms, floor) =>
    rooms.flatMap((room) =>
      FLOORS.flatMap((others, level) => others.map((other) => ({ room, other, below: level < floor }))),
    ),
  );

  it.each(pairs.filter(({ room, other }) => room !== other))(
    '$room imports $other: allowed = $below',
    ({ room, other, below }) => {
      const said = lint(`libs/claude/src/${room}/planted.ts`, use(`../${other}/index.js`));
      if (below) expect(said).toBe('');
      else expect(said).toContain(`The room ${room} may import lower floors only.`);
    },
  );

  it('a room is entered through its door only', () => {
    expect(lint('libs/claude/src/queue/planted.ts', use('../stream/inside.js', 'inside'))).toContain(
      'Enter a room through its index.js.',
    );
  });

  it('a room never imports the facade', () => {
    expect(lint('libs/claude/src/queue/planted.ts', use('../claude.service.js', 'facade'))).toContain(
      'never imports the facade',
    );
  });

  it('a folder within a room is no way around', () => {
    expect(lint('libs/claude/src/stream/deep/planted.ts', use('../../queue/index.js'))).toContain('lower floors only');
  });

  it.each([
    ['libs/claude/src/queue/planted.ts', use('node:child_process', 'spawn'), 'only the rooms wrapper and workspace'],
    ['libs/claude/src/session/planted.ts', use('prom-client', 'Counter'), 'only the metrics room'],
    ['libs/claude/src/session/planted.ts', 'export const home = process.env.HOME;\n', 'process.env'],
    ['libs/redis/src/planted.ts', use('@steward/claude', 'x'), 'knows nothing of what stands on it'],
    ['apps/server/src/planted.ts', use('bullmq', 'Queue'), 'The app speaks to the facade.'],
    ['libs/claude/src/stream/planted.ts', 'export default 1;\n', 'default'],
    ['libs/claude/src/stream/planted.ts', use('./../queue/index.js'), 'lower floors only'],
    ['libs/claude/src/stream/planted.ts', use('../../src/queue/index.js'), 'lower floors only'],
    [
      'libs/claude/src/metrics/planted.ts',
      use('../../../../apps/server/src/app.module.js', 'x'),
      'knows nothing of what stands on it',
    ],
    ['libs/redis/src/planted.ts', use('../../claude/src/index.js', 'x'), 'knows nothing of what stands on it'],
    ['libs/claude/src/wrapper/planted.ts', use('socket.io', 'Server'), 'knows no HTTP and no socket'],
    ['test/planted.e2e-spec.ts', "describe.concurrent('x', () => {});\n", 'Name the file in SIDE_BY_SIDE'],
    ['test/errors/planted.ts', 'await expect.poll(() => 1).toBe(1);\n', 'use vi.waitFor'],
  ])('%s: a planted violation is caught', (path, text, reason) => {
    expect(lint(path, text)).toContain(reason);
  });

  // The linter does not look into `import('…')` types; nobody writes them.
  it('no source imports by a type expression', () => {
    const sources = readdirSync('libs', { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !path.includes('node_modules'),
    );
    const found = sources.filter((path) => /[:=<|&(]\s*import\(['"]/.test(readFileSync(join('libs', path), 'utf8')));
    expect(sources.length).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });
});
