import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, deltaText, eventsOf, say } from './testing/api.client.js';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
let built: string;

/** The program as plain JavaScript, which is how the application's build delivers it. */
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'messages-api-'));
  await writeFile(join(built, 'package.json'), '{"type":"module"}');
  const files = (await readdir(SOURCE, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('spec.ts'),
  );
  for (const name of files) {
    const { outputText } = ts.transpileModule(await readFile(join(SOURCE, name), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const out = join(built, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, outputText);
  }
});
afterAll(() => rm(built, { recursive: true, force: true }));

async function start(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(built, 'main.js'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  );
  expect(line).toMatch(/^listening http:\/\/127\.0\.0\.1:\d+\n$/);
  return { child, url: line.slice('listening '.length).trim() };
}

const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));

describe('the program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers until %s, also with a hanging request', async (signal) => {
    const { child, url } = await start('--host-text', '^Please go on');
    expect(deltaText(eventsOf((await say(url, '[[say hi]]')).text))).toBe('hi');
    const hanging = say(url, '[[hang headers]]').catch(() => 'gone');
    const served = async (): Promise<unknown> => JSON.parse((await call(url, 'GET', '/_script/served')).text).requests;
    while ((await served()) !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill(signal);
    expect(await exitOf(child)).toBe(0);
    expect(await hanging).toBe('gone');
  });

  it('answers plain prompts by the demo when told to', async () => {
    const { child, url } = await start('--demo');
    expect(deltaText(eventsOf((await say(url, 'hello')).text))).toContain('scripted demo');
    child.kill('SIGTERM');
    await exitOf(child);
  });

  it.each([
    [['--help'], 0, 'Options:'],
    [['--port', 'x'], 1, '--port x is not a port'],
    [['--bogus'], 1, "Unknown option '--bogus'"],
  ])('%j', (args, status, output) => {
    const ended = spawnSync(process.execPath, [join(built, 'main.js'), ...args], { encoding: 'utf8' });
    expect(ended.status).toBe(status);
    expect(ended.stdout + ended.stderr).toContain(output);
  });
});
