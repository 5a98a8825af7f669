import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const SECRET = 'what lies outside of every workspace';
const CODES = [
  'request.invalid',
  'request.not_found',
  'request.method_not_allowed',
  'files.not_found',
  'files.refused',
];
const CHANGING = [...CODES, 'files.conflict', 'files.changed'];

/** Every way out that comes to mind: none is read, written or removed, and nothing of it is told. */
describe('a way out of a workspace', () => {
  const outside = mkdtempSync(join(tmpdir(), 'steward-outside-'));
  const secret = join(outside, 'secret.txt');
  let server: ServerProcess;
  let id: string;
  let workspace: string;
  const pipes = createServer();

  withServer({}, (standing) => ({ server } = standing));

  beforeAll(async () => {
    writeFileSync(secret, SECRET, { mode: 0o666 });
    mkdirSync(join(outside, 'folder'));
    writeFileSync(join(outside, 'folder', 'inner.txt'), SECRET);
    // A session with an agent process that waits, as most have.
    const run = await server.client().execute({ prompt: '[[bash mkdir -p a/b; echo in > a/b/file; echo x > plain]]' });
    id = run.sessionId;
    const places = readdirSync(join(server.dataDir, 'sessions'));
    workspace = places
      .map((name) => join(server.dataDir, 'sessions', name, 'workspace'))
      .find((path) => existsSync(join(path, 'plain')))!;
    const planted: [string, string][] = [
      ['to-file', secret],
      ['to-folder', outside],
      ['a/in-the-middle', outside],
      ['to-root', '/'],
      ['up', '..'],
      ['up-up', '../../../..'],
      ['dangling', join(outside, 'not-there')],
      ['loop', 'loop'],
      ['to-link', 'to-file'],
      ['to-proc', '/proc/self'],
      ['to-fd', '/proc/self/fd'],
      ['to-cwd', '/proc/self/cwd'],
      ['to-home', '../home'],
      ['to-snapshots', '../snapshots'],
      ['inside', 'a'],
    ];
    for (const [name, target] of planted) symlinkSync(target, join(workspace, name));
    linkSync(secret, join(workspace, 'hard'));
    execFileSync('mkfifo', [join(workspace, 'fifo')]);
    execFileSync('sh', ['-c', 'mknod "$1" c 1 5 || true', 'sh', join(workspace, 'device')]);
    await new Promise<void>((done) => pipes.listen(join(workspace, 's'), done));
  });
  afterAll(async () => {
    await new Promise((done) => pipes.close(done));
    rmSync(outside, { recursive: true, force: true });
  });

  const files = (path: string): string => `/api/v1/claude/sessions/${id}/files/${path}`;
  const outsideNow = () => new Set(readdirSync(outside, { recursive: true, encoding: 'utf8' }));

  /** The path exactly as it goes over the wire; and what would be at its end, were it followed. */
  const PATHS: [string, string][] = [
    ['dots', '../../../../../../../../etc/passwd'],
    ['dots behind a folder', 'a/../../../etc/passwd'],
    ['one dot', './plain'],
    ['dots at the end', 'a/..'],
    ['dots, encoded', '%2e%2e/%2e%2e/%2e%2e/etc/passwd'],
    ['dots, half encoded', '.%2e/.%2E/etc/passwd'],
    ['dots, encoded twice', '%252e%252e/%252e%252e/etc/passwd'],
    ['dots with an encoded slash', '..%2f..%2f..%2fetc%2fpasswd'],
    ['an encoded slash', 'a%2fb%2ffile'],
    ['an encoded slash in front', '%2fetc%2fpasswd'],
    ['an absolute path', '/etc/passwd'],
    ['two slashes', 'a//b/file'],
    ['a slash at the end', 'plain/'],
    ['a backslash', '..\\..\\etc\\passwd'],
    ['a backslash, encoded', '..%5c..%5cetc%5cpasswd'],
    ['NUL', 'plain%00.txt'],
    ['NUL behind dots', '..%00/etc/passwd'],
    ['NUL alone', '%00'],
    ['overlong UTF-8 for a slash', '..%c0%af..%c0%afetc%c0%afpasswd'],
    ['overlong UTF-8 for a dot', '%c0%ae%c0%ae/etc/passwd'],
    ['broken UTF-8', '%ff%fe'],
    ['a broken encoding', '%zz/etc/passwd'],
    ['a lone surrogate', '%ed%a0%80'],
    ['wide dots', '%ef%bc%8e%ef%bc%8e/etc/passwd'],
    ['a wide slash', '..%ef%bc%8fetc%ef%bc%8fpasswd'],
    ['a division slash', '..%e2%88%95etc'],
    ['dots with spaces', '..%20/..%20/etc/passwd'],
    ['three dots', '.../.../etc/passwd'],
    ['dots with a semicolon', '..;/..;/etc/passwd'],
    ['a question mark, encoded', '..%3f/etc/passwd'],
    ['a name that is too long', 'x'.repeat(256)],
    ['a path that is too long', `${'x'.repeat(200)}/`.repeat(22) + 'x'],
    ['too many folders', 'd/'.repeat(70) + 'x'],
    ['home', '~/.ssh/id_rsa'],
    ['a variable', '$HOME/secret'],
    ['a drive', 'C:/Windows/win.ini'],
    ['an address', 'file:///etc/passwd'],
    ['a stream of another system', 'plain::$DATA'],
    ['through a file', 'plain/../../secret'],
    ['below a file', 'plain/below'],
    ['a link to a file', 'to-file'],
    ['a link to a folder', 'to-folder'],
    ['behind a link to a folder', 'to-folder/secret.txt'],
    ['a link in the middle', 'a/in-the-middle/folder/inner.txt'],
    ['a link to the root', 'to-root/etc/passwd'],
    ['a link upwards', 'up/home'],
    ['a link far upwards', 'up-up/etc/passwd'],
    ['a dangling link', 'dangling'],
    ['a link to itself', 'loop'],
    ['a link to a link', 'to-link'],
    ['a link into /proc', 'to-proc/environ'],
    ['a link to the open files of the server', 'to-fd/0'],
    ['a link to where the server works', 'to-cwd/redis/dump.rdb'],
    ['a link to the CLI’s home', 'to-home/.claude.json'],
    ['a link to what is kept beside it', 'to-snapshots/newest'],
    ['a link that stays inside', 'inside/b/file'],
    ['a hard link', 'hard'],
    ['a pipe', 'fifo'],
    ['a socket', 's'],
    ['a device', 'device'],
    ['behind a pipe', 'fifo/x'],
    ['an empty name', '/'],
  ];

  it('is one of at least fifty', () => expect(PATHS.length).toBeGreaterThanOrEqual(50));

  it.each(PATHS)('is not read: %s', async (_what, path) => {
    const { status, text, problem } = await send(server.url, files(path));
    expect(CODES).toContain(problem.code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('root:');
    // Nothing of where it lies on this host.
    expect(text).not.toContain(outside);
    expect(text).not.toContain(server.dataDir);
  });

  it.each(
    PATHS.filter(([, path]) => /^(to-|a\/in|up|dangling|loop|inside|fifo|s$|device|\.\.|%|a\/\.\.|\/)/.test(path)),
  )('is not written: %s', async (_what, path) => {
    const before = outsideNow();
    const { problem } = await send(server.url, files(path), { method: 'PUT', body: 'planted' });
    // Names that only look like a way out are names like others.
    if (problem.code !== undefined) expect(CHANGING).toContain(problem.code);
    expect(outsideNow()).toEqual(before);
    expect(readFileSync(secret, 'utf8')).toBe(SECRET);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('planted');
  });

  it('is not written over a second name of a file: that one is replaced, the other stays', async () => {
    const { status } = await send(server.url, files('hard'), { method: 'PUT', body: 'mine' });
    expect(status).toBe(200);
    expect(readFileSync(secret, 'utf8')).toBe(SECRET);
    expect((await send(server.url, files('hard'))).text).toBe('mine');
  });

  it.each(['to-folder/secret.txt', 'a/in-the-middle/folder', '../../../config', 'to-root/etc/passwd', 'up/home'])(
    'is not removed: %s',
    async (path) => {
      const before = outsideNow();
      const { problem } = await send(server.url, `${files(path)}?recursive=true`, { method: 'DELETE' });
      expect(CODES).toContain(problem.code);
      expect(outsideNow()).toEqual(before);
    },
  );

  it('is not gone through when a folder is removed: the links in it are, and not what they lead to', async () => {
    mkdirSync(join(workspace, 'full', 'deep'), { recursive: true });
    symlinkSync(outside, join(workspace, 'full', 'deep', 'link'));
    symlinkSync(secret, join(workspace, 'full', 'file'));
    const before = outsideNow();
    expect((await send(server.url, `${files('full')}?recursive=true`, { method: 'DELETE' })).status).toBe(204);
    expect((await send(server.url, files('to-link'), { method: 'DELETE' })).status).toBe(204);
    expect([existsSync(join(workspace, 'full')), lstatSync(join(workspace, 'to-file')).isSymbolicLink()]).toEqual([
      false,
      true,
    ]);
    expect(outsideNow()).toEqual(before);
  });

  it('is listed as what it is, not packed, and not in a diff', async () => {
    const base = `/api/v1/claude/sessions/${id}`;
    const listing = await send(server.url, `${base}/files?recursive=true&limit=1000`);
    const { data } = JSON.parse(listing.text) as { data: { path: string; type: string }[] };
    const typeOf = Object.fromEntries(data.map(({ path, type }) => [path, type]));
    expect(typeOf).toMatchObject({ 'to-folder': 'link', loop: 'link', fifo: 'other', s: 'other', 'a/b/file': 'file' });
    expect(data.some(({ path }) => path.startsWith('to-folder/') || path.startsWith('a/in-the-middle/'))).toBe(false);
    for (const path of ['to-folder', 'up', '../', 'a/../..', '/', 'to-root/etc']) {
      const query = `path=${encodeURIComponent(path)}`;
      for (const verb of ['files', 'archive']) {
        const { problem } = await send(server.url, `${base}/${verb}?${query}`);
        expect(['request.invalid', 'files.refused', 'files.not_found']).toContain(problem.code);
      }
    }
    const packed = await fetch(`${server.url}${base}/archive`);
    const names = execFileSync('tar', ['tzf', '-'], { input: Buffer.from(await packed.arrayBuffer()) }).toString();
    expect(names).toContain('a/b/file');
    expect(names).not.toMatch(/to-|in-the-middle|fifo|hard2/);
    expect((await send(server.url, `${base}/diff`)).text).not.toContain(SECRET);
  });

  /** Both run as fast as they can; without holding each folder, most of these tries get out. */
  it('does not open while an agent swaps a folder for a link, again and again', async () => {
    // The two change places in one step (RENAME_EXCHANGE), so that the name is always there.
    const loop = [
      'import ctypes, os, time',
      'os.chdir("race")',
      'libc = ctypes.CDLL(None)',
      'end = time.time() + 8',
      'while time.time() < end: libc.renameat2(-100, b"in", -100, b"link", 2)',
    ].join('; ');
    const made = 'mkdir -p race/in; echo mine > race/in/secret.txt; echo mine > race/in/inner.txt;';
    // A loop cannot follow other statements in one line of Python.
    const program = loop.replace('; while', '\\nwhile');
    const swap = `${made} ln -sfn ${outside} race/link; printf '${program}' > swap.py; python3 swap.py; true`;
    const run = await server.client().submit({ sessionId: id, prompt: `[[bash ${swap}]]` });
    await expect.poll(() => existsSync(join(workspace, 'race')), { timeout: 30_000 }).toBe(true);
    const before = outsideNow();
    const counts: Record<string, number> = {};
    const ended = new AbortController();
    void server
      .client()
      .result(run.id)
      .then(() => ended.abort());
    while (!ended.signal.aborted) {
      const tries = ['race/in/secret.txt', 'race/in/secret.txt', 'race/in/new', 'race/in/planted/x'].map(
        (path, index) => send(server.url, files(path), index < 2 ? {} : { method: 'PUT', body: 'planted' }),
      );
      const drop = send(server.url, files('race/in/inner.txt'), { method: 'DELETE' });
      const pack = fetch(`${server.url}/api/v1/claude/sessions/${id}/archive?path=race`).then(async (response) => {
        const bytes = Buffer.from(await response.arrayBuffer());
        return response.ok ? execFileSync('tar', ['xzOf', '-'], { input: bytes }).toString() : '';
      });
      for (const { status, text } of await Promise.all([...tries, drop])) {
        counts[status] = (counts[status] ?? 0) + 1;
        expect(text).not.toContain(SECRET);
      }
      expect(await pack).not.toContain(SECRET);
    }
    expect(outsideNow()).toEqual(before);
    expect(readFileSync(secret, 'utf8')).toBe(SECRET);
    // It was a race: some came through to the agent's own file, some met the link.
    expect(counts['200']).toBeGreaterThan(0);
    expect((counts['403'] ?? 0) + (counts['404'] ?? 0)).toBeGreaterThan(0);
  }, 90_000);
});
