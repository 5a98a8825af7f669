import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withServer } from '../support/server.fixture.js';
import { type ServerProcess } from '../support/server.process.js';

const run = promisify(execFile);
const PACKAGE = resolve('libs/client');
const EXAMPLES = [...readFileSync(join(PACKAGE, 'README.md'), 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
  ([, code]) => code!,
);
/** socket.io-client and all that it needs, as they lie here: the test asks no registry. */
const NEEDED = [
  'socket.io-client',
  'socket.io-parser',
  'engine.io-client',
  'engine.io-parser',
  '@socket.io/component-emitter',
  'debug',
  'ms',
  'ws',
  'xmlhttprequest-ssl',
];

/** The package as its users get it: packed, installed into an empty folder, run there. */
describe('the package of the client', () => {
  let server: ServerProcess;
  let folder: string;

  withServer({ model: { script: 'demo' } }, (standing) => ({ server } = standing));
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steward-client-'));
    const tarballs = join(folder, 'tarballs');
    mkdirSync(tarballs);
    const pack = ['pack', '--silent', '--pack-destination', tarballs];
    await run('npm', pack, { cwd: PACKAGE });
    const needed = NEEDED.map((name) => resolve('node_modules', name));
    await run('npm', [...pack, '--ignore-scripts', ...needed], { cwd: folder });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const files = readdirSync(tarballs).map((name) => join(tarballs, name));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...files], { cwd: folder });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const here = (code: string) => code.replaceAll('http://127.0.0.1:8080', server.url);
  async function runNode(code: string): Promise<string> {
    writeFileSync(join(folder, 'example.mjs'), here(code));
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder, timeout: 60_000 });
    return stdout;
  }
  const newest = async () => (await server.client().runs({ limit: 1 })).data[0]!;

  it('holds what is promised: no sources, no tests, one dependency', () => {
    const installed = join(folder, 'node_modules/@steward/client');
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
    expect(files.filter((name) => /spec|testing|src/.test(name))).toEqual([]);
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      dependencies: object;
    };
    expect(Object.keys(dependencies)).toEqual(['socket.io-client']);
  });

  const expected: readonly (readonly [string, (out: string) => Promise<void>])[] = [
    [
      'streams a run',
      async (out) => {
        const { result, costUsd } = await newest();
        expect(out).toBe(`${result?.text}\n${costUsd} USD\n`);
      },
    ],
    ['waits for the end', async (out) => expect(out).toBe(`${(await newest()).result?.text}\ncompleted\n`)],
    ['goes on from a stored position', async (out) => expect(out).toBe(`${(await newest()).result?.text}\n`)],
    [
      'follows a session',
      async (out) =>
        expect(out.trimEnd().split('\n').at(-1)).toBe(
          `${(await newest()).id}:${(await newest()).lastSeq} run.completed`,
        ),
    ],
    ['tells errors apart', async (out) => expect(out).toBe('no such run\n')],
  ];

  it.each(expected.map(([name, check], at) => ({ name, check, code: EXAMPLES[at]! })))(
    'README: $name',
    async ({ code, check }) => check(await runNode(code)),
  );

  it('has examples that are all run', () => {
    expect(EXAMPLES).toHaveLength(expected.length);
  });

  it('has types that a strict compiler takes', async () => {
    const code = [
      "import { StewardClient, type Frame, type StewardError } from '@steward/client';",
      "export const textOf = (frame: Frame): string => (frame.type === 'text.delta' ? frame.data.text : '');",
      "export const isGone = (error: StewardError): boolean => error.code === 'run.not_found';",
      "export const follower = new StewardClient({ url: 'http://a.example' }).follow('r', { types: ['tool.*'] });",
      '// @ts-expect-error: there is no such event',
      "export const wrong = (frame: Frame): boolean => frame.type === 'text.dleta';",
    ].join('\n');
    writeFileSync(join(folder, 'example.ts'), code);
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', lib: ['ES2022', 'DOM'], types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }));
    await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder });
  });

  it('bundled, needs nothing but what a browser has', async () => {
    writeFileSync(join(folder, 'page.js'), "export { StewardClient, TextOfRun } from '@steward/client';\n");
    await build({
      root: folder,
      logLevel: 'silent',
      build: { lib: { entry: 'page.js', formats: ['iife'], name: 'steward', fileName: () => 'page.bundle.js' } },
    });
    const bundle = readFileSync(join(folder, 'dist/page.bundle.js'), 'utf8');
    expect(bundle).not.toMatch(/require\(|from ?["']node:|process\.binding/);
    // What a page has, and nothing of Node.js: no process, Buffer, global, require.
    const { fetch, WebSocket, URL, URLSearchParams, AbortController, AbortSignal, TextDecoder, TextEncoder } =
      globalThis;
    const { crypto, setTimeout, clearTimeout, setInterval, clearInterval, Blob, File, DOMException } = globalThis;
    const web = { fetch, WebSocket, URL, URLSearchParams, AbortController, AbortSignal, TextDecoder, TextEncoder };
    const timers = { setTimeout, clearTimeout, setInterval, clearInterval, crypto, Blob, File, DOMException };
    const page = createContext({
      ...web,
      ...timers,
      location: new URL(server.url),
      navigator: { product: 'Gecko', userAgent: 'test' },
      addEventListener: () => undefined,
    });
    runInContext(`var self = globalThis, window = globalThis;\n${bundle}\nglobalThis.steward = steward;`, page);
    for (const transport of ['sse', 'socket']) {
      const script = `(async () => {
        const client = new steward.StewardClient({ url: '${server.url}', transport: '${transport}' });
        const text = new steward.TextOfRun();
        for await (const item of client.follow((await client.submit({ prompt: 'Tell me a story' })).id)) text.push(item);
        return text.text;
      })()`;
      const text = await (runInContext(script, page) as Promise<string>);
      expect(text).toBe((await newest()).result?.text);
    }
  });
});
