import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';
import { startedAs } from './support/warm.js';

const MIB = 1024 * 1024;
const isRoot = process.geteuid?.() === 0;
/** Somebody else of this host, to whom the operator's repository belongs. */
const OTHER_UID = 4321;

/** What sessions begin with. */
describe('workspaces', () => {
  let api: MessagesApi;
  let server: ServerProcess;
  let offered: string;
  const loot = () => join(offered, 'loot');
  const git = (...words: string[]) =>
    execFileSync(
      'git',
      [
        '-C',
        join(offered, 'repository'),
        ...['user.name=x', 'user.email=x@y', 'safe.directory=*'].flatMap((set) => ['-c', set]),
        ...words,
      ],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim();

  beforeAll(async () => {
    offered = mkdtempSync(join(tmpdir(), 'steward-offered-'));
    chmodSync(offered, 0o755);
    const template = join(offered, 'template');
    mkdirSync(join(template, 'src'), { recursive: true });
    writeFileSync(join(template, 'src', 'begin.txt'), 'from the template\n');
    writeFileSync(join(template, 'run.sh'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
    symlinkSync('src/begin.txt', join(template, 'link'));
    prepareRepository();
    api = await startMessagesApi();
    server = await ServerProcess.start({
      spares: true,
      modelUrl: api.url,
      env: {
        STEWARD_WORKSPACE_TEMPLATES: `node=${template}`,
        STEWARD_WORKSPACE_REPOSITORIES: `shop=${join(offered, 'repository')}`,
        STEWARD_MAX_WORKSPACE_BYTES: String(20 * MIB),
      },
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
    rmSync(offered, { recursive: true });
  });

  /** Whatever its configuration and hooks name leaves a file when it is run. */
  function prepareRepository(): void {
    const path = join(offered, 'repository');
    mkdirSync(path);
    git('init', '-q', '-b', 'main');
    writeFileSync(join(path, 'file.txt'), 'one\n');
    writeFileSync(join(path, '.gitattributes'), '*.txt filter=evil\n');
    git('add', '.');
    git('commit', '-qm', 'first');
    git('tag', 'v1');
    git('checkout', '-qb', 'feature');
    writeFileSync(join(path, 'file.txt'), 'two\n');
    git('commit', '-qam', 'second');
    git('checkout', '-q', 'main');
    const program = join(offered, 'evil.sh');
    writeFileSync(program, `#!/bin/sh\ntouch ${loot()}\nexec cat\n`, { mode: 0o755 });
    const acting = ['core.fsmonitor', 'filter.evil.smudge', 'filter.evil.process', 'uploadpack.packObjectsHook'];
    for (const key of [...acting, 'core.sshCommand', 'core.pager']) git('config', key, program);
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      writeFileSync(join(path, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${loot()}\n`, { mode: 0o755 });
    }
    rmSync(loot(), { force: true });
    if (!isRoot) return;
    for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' }))
      lchownSync(join(path, entry), OTHER_UID, OTHER_UID);
    lchownSync(path, OTHER_UID, OTHER_UID);
  }

  const run = async (prompt: string, more: object = {}) => {
    const ended = await server.client().execute({ prompt, ...more });
    expect(ended.error).toBeNull();
    return ended;
  };
  const open = (body: object) =>
    send(server.url, '/api/v1/claude/sessions', { method: 'POST', body }).then(({ status, text }) => ({
      status,
      body: JSON.parse(text) as {
        id: string;
        code?: string;
        errors?: { field: string; reason: string }[];
        detail?: string;
      },
    }));
  const folders = () => readdirSync(join(server.dataDir, 'sessions'));

  it('a template is copied, and the session works in its own copy', async () => {
    const workspace = { kind: 'template', name: 'node' } as const;
    const session = await server.client().createSession(undefined, { workspace });
    expect(session.workspace).toMatchObject({ kind: 'template', name: 'node', ref: null, commit: null });
    expect(session.workspace.bytes).toBeGreaterThanOrEqual(2 * 512);
    const ended = await run('[[bash cat link; ./run.sh; echo changed > src/begin.txt; cat link]] [[result]]', {
      sessionId: session.id,
    });
    expect(ended.result?.text).toBe('from the template\nran\nchanged');
    expect(await startedAs(server, ended.id)).toBe('new');
    expect(readFileSync(join(offered, 'template', 'src', 'begin.txt'), 'utf8')).toBe('from the template\n');
    const other = await run('[[bash cat link]] [[result]]', { workspace });
    expect(other.result?.text).toBe('from the template');
    expect((await server.client().session(other.sessionId)).workspace.kind).toBe('template');
  });

  it('an empty workspace is asked for by its name, too, and takes a spare', async () => {
    const ended = await run('[[bash ls -A | wc -l]] [[result]]', { workspace: { kind: 'empty' } });
    expect(ended.result?.text).toBe('0');
    expect((await server.client().session(ended.sessionId)).workspace).toMatchObject({ kind: 'empty', name: null });
  });

  it.each([
    [undefined, 'one', 'main'],
    ['feature', 'two', 'feature'],
    ['v1', 'one', 'v1'],
  ])('a worktree of %s is a repository of its own on a branch of its own', async (ref, content, commit) => {
    const workspace = { kind: 'worktree', repository: 'shop', ...(ref ? { ref } : {}) } as const;
    const session = await server.client().createSession(undefined, { workspace });
    expect(session.workspace).toMatchObject({
      kind: 'worktree',
      name: 'shop',
      ref: ref ?? null,
      commit: git('rev-parse', commit),
    });
    const commands =
      'cat file.txt; git branch --show-current; git remote | wc -l; echo three > file.txt; git commit -qam third && git log --format=%s -1';
    const ended = await run(`[[bash ${commands}]] [[result]]`, { sessionId: session.id });
    expect(ended.result?.text.split('\n')).toEqual([content, `session/${session.id}`, '0', 'third']);
    // Nothing of the host is told, and the operator's repository has seen nothing of it.
    const { text } = (await run(`[[bash grep -rl ${offered} . | wc -l]] [[result]]`, { sessionId: session.id }))
      .result!;
    expect(text.trim()).toBe('0');
    expect(git('branch', '--list', '--format=%(refname:short)').split('\n')).toEqual(['feature', 'main']);
  });

  it('no program that the repository names is run', async () => {
    git('status');
    expect(existsSync(loot())).toBe(true);
    rmSync(loot());
    const { result } = await run('[[bash git status --short; git log --oneline | wc -l]] [[result]]', {
      workspace: { kind: 'worktree', repository: 'shop', ref: 'feature' },
    });
    expect(result?.text).toBe('2');
    expect(existsSync(loot())).toBe(false);
  });

  it.runIf(isRoot)('a session cannot write into the repository that it came from', async () => {
    const path = join(offered, 'repository');
    const ended = await run(
      `[[bash touch ${path}/planted; git push ${path} HEAD:refs/heads/planted; ls ${path}; true]] [[result]]`,
      {
        workspace: { kind: 'worktree', repository: 'shop' },
      },
    );
    expect(ended.result?.text).not.toContain('planted -> planted');
    expect(existsSync(join(path, 'planted'))).toBe(false);
    expect(existsSync(join(path, '.git', 'refs', 'heads', 'planted'))).toBe(false);
  });

  it('a fork has the files of its original, also of one that no run has used', async () => {
    const session = await server
      .client()
      .createSession(undefined, { workspace: { kind: 'worktree', repository: 'shop' } });
    await run('[[bash echo more > more.txt; git add . ; git commit -qm more]] [[say ok]]', { sessionId: session.id });
    const fork = await server.client().forkSession(session.id);
    expect(fork.workspace).toMatchObject({ kind: 'worktree', name: 'shop', commit: session.workspace.commit });
    expect(fork.workspace.bytes).toBeGreaterThan(512);
    const ended = await run('[[bash cat more.txt; git log --format=%s -1; git status --short | wc -l]] [[result]]', {
      sessionId: fork.id,
    });
    expect(ended.result?.text).toBe('more\nmore\n0');
    const fresh = await server.client().createSession(undefined, { workspace: { kind: 'template', name: 'node' } });
    const early = await server.client().forkSession(fresh.id);
    expect((await run('[[bash cat link]] [[result]]', { sessionId: early.id })).result?.text).toBe('from the template');
  });

  it.each([
    [{ kind: 'template', name: 'nothing' }, 400, 'request.invalid'],
    [{ kind: 'template' }, 400, 'request.invalid'],
    [{ kind: 'template', name: 'node', ref: 'main' }, 400, 'request.invalid'],
    [{ kind: 'worktree', repository: 'constructor' }, 400, 'request.invalid'],
    [{ kind: 'worktree', repository: 'shop', ref: '--upload-pack=touch' }, 400, 'request.invalid'],
    [{ kind: 'worktree', repository: 'shop', ref: 'main..feature' }, 400, 'request.invalid'],
    [{ kind: 'worktree', repository: 'shop', ref: 'missing' }, 422, 'workspace.ref_not_found'],
    [{ kind: 'else' }, 400, 'request.invalid'],
    ['empty', 400, 'request.invalid'],
  ])('%j is refused with %i, nothing is left', async (workspace, status, code) => {
    const before = folders().length;
    expect(await open({ workspace })).toMatchObject({ status, body: { code } });
    expect(folders().length).toBe(before);
  });

  it('a run in a session that there is cannot ask for another workspace', async () => {
    const { id: sessionId } = await server.client().createSession();
    const refused = server.client().submit({ prompt: 'x', sessionId, workspace: { kind: 'empty' } });
    await expect(refused).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('what has outgrown the bound since the start is refused, and nothing is left', async () => {
    const large = join(offered, 'template', 'large');
    writeFileSync(large, Buffer.alloc(21 * MIB, 1));
    const before = folders().length;
    try {
      expect(await open({ workspace: { kind: 'template', name: 'node' } })).toMatchObject({
        status: 409,
        body: { code: 'workspace.too_large', details: { name: 'node', limit: 20 * MIB } },
      });
    } finally {
      rmSync(large);
    }
    expect(folders().length).toBe(before);
  });

  it('the size of a session is measured after each run, also while its process waits', async () => {
    const { sessionId } = await run('[[bash head -c 3000000 /dev/urandom > big]] [[say ok]]', {
      workspace: { kind: 'template', name: 'node' },
    });
    const bytes = async () => (await server.client().session(sessionId)).workspace.bytes;
    await expect.poll(bytes).toBeGreaterThan(3_000_000);
    const used = async () => (await server.client().limits()).workspaceBytes.current;
    const before = await used();
    expect(before).toBeGreaterThan(3_000_000);
    await run('[[bash rm big]] [[say ok]]', { sessionId });
    await expect.poll(bytes).toBeLessThan(3_000_000);
    expect(await used()).toBeLessThan(before);
  });

  it('what is too deep to be counted ends its run, and goes with its session', async () => {
    const deep = 'd'.repeat(99);
    const dig = `for n in $(seq 60); do mkdir ${deep} && cd ${deep} || exit 1; done; head -c 100000 /dev/urandom > big`;
    const ended = await server.client().execute({ prompt: `[[bash ${dig}; sleep 60]] [[say ok]]`, keepSession: true });
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'cli.workspace_exceeded' } });
    const size = async () => (await server.client().session(ended.sessionId)).workspace.bytes;
    await expect.poll(size).toBeGreaterThan(100_000);
    await expect(server.client().forkSession(ended.sessionId)).rejects.toMatchObject({
      code: 'workspace.unavailable',
      message: expect.stringContaining('longer than 4,095 bytes'),
    });
    const before = (await server.client().limits()).sessions.current;
    await server.client().closeSession(ended.sessionId);
    expect((await server.client().limits()).sessions.current).toBe(before - 1);
    expect(folders().filter((name) => name === ended.sessionId)).toEqual([]);
  });
});

describe('workspace sources that are wrong', () => {
  it.each([
    ['a folder that is not there', 'STEWARD_WORKSPACE_TEMPLATES', () => 'a=/nowhere/at/all', 'there is no such folder'],
    ['a relative path', 'STEWARD_WORKSPACE_TEMPLATES', () => 'a=here', 'is not of the form name=/absolute/path'],
    ['a name that is there twice', 'STEWARD_WORKSPACE_TEMPLATES', () => 'a=/tmp,a=/var', 'the name a is there twice'],
    [
      'a folder around the data folder',
      'STEWARD_WORKSPACE_TEMPLATES',
      () => `a=${tmpdir()}`,
      'it lies in the data folder, or around it',
    ],
    [
      'a folder without a repository',
      'STEWARD_WORKSPACE_REPOSITORIES',
      () => `a=${mkdtempSync('/var/tmp/steward-none-')}`,
      'it is no git repository',
    ],
  ])('%s stops the start', async (_what, name, value, reason) => {
    const { code, output } = await ServerProcess.startFailing({ [name]: value() });
    expect(code).toBe(78);
    expect(output).toContain(reason);
  });
});
