import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

interface Entry {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly etag: string | null;
}
interface Diff {
  readonly runId: string;
  readonly data: readonly { path: string; change: string; patch: string | null }[];
}

/** What an owner does with the files of a session, whatever its state is. */
describe('workspace files', () => {
  let server: ServerProcess;
  const env = { STEWARD_MAX_FILE_BYTES: '100000', STEWARD_MAX_WORKSPACE_BYTES: '3000000' };
  withServer({ env }, (standing) => ({ server } = standing));

  const at = (id: string, path: string): string => `/api/v1/claude/sessions/${id}${path}`;
  const get = (id: string, path: string, headers = {}) => send(server.url, at(id, path), { headers });
  const put = (id: string, path: string, body: string | Buffer, headers = {}) =>
    send(server.url, at(id, path), { method: 'PUT', body, headers });
  const remove = (id: string, path: string, headers = {}) =>
    send(server.url, at(id, path), { method: 'DELETE', headers });
  const session = async () => (await server.client().createSession()).id;
  const listed = async (id: string, query = '') =>
    JSON.parse((await get(id, `/files${query}`)).text) as { data: Entry[]; nextCursor: string | null };

  it('are put before the first run, read and changed by the agent, and read again', async () => {
    const id = await session();
    expect(await listed(id)).toEqual({ data: [], nextCursor: null });
    expect((await put(id, '/files/in/words.txt', 'first')).status).toBe(201);
    const run = await server.client().execute({
      sessionId: id,
      prompt: '[[bash cat in/words.txt; echo second >> in/words.txt; ls -ln in | tail -1; id -u]] [[result]]',
    });
    expect(run.result?.text).toMatch(/^first/);
    const [, owner] = /-rw-r--r-- 1 (\d+)/.exec(run.result?.text ?? '') ?? [];
    expect(run.result?.text.trim().split('\n').at(-1)).toBe(owner);
    expect((await get(id, '/files/in/words.txt')).text).toBe('firstsecond\n');
    await server.client().closeSession(id);
    expect((await get(id, '/files/in/words.txt')).problem.code).toBe('session.not_found');
  });

  it('are written by several at once before the first run, and none is lost', async () => {
    const id = await session();
    const names = [...Array(8).keys()].map((index) => `f${index}`);
    const running = server.client().execute({ sessionId: id, prompt: '[[bash sleep 0.5; ls]] [[result]]' });
    for (const { status } of await Promise.all(names.map((name) => put(id, `/files/${name}`, name))))
      expect(status).toBe(201);
    await running;
    expect((await listed(id)).data.map(({ path }) => path)).toEqual(names);
  });

  it('are listed in pages, each folder before what is in it', async () => {
    const id = await session();
    for (const path of ['b/2', 'b/1', 'a', 'b/c/deep', 'd', 'b.txt']) await put(id, `/files/${path}`, path);
    const all = await listed(id, '?recursive=true');
    const paths = ['a', 'b', 'b/1', 'b/2', 'b/c', 'b/c/deep', 'b.txt', 'd'];
    expect(all.data.map(({ path }) => path)).toEqual(paths);
    expect((await listed(id)).data.map(({ path, type, size }) => [path, type, size])).toEqual([
      ['a', 'file', 1],
      ['b', 'folder', 0],
      ['b.txt', 'file', 5],
      ['d', 'file', 1],
    ]);
    expect((await listed(id, '?path=b/c')).data.map(({ path }) => path)).toEqual(['b/c/deep']);
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await listed(id, `?recursive=true&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
        seen.push(...page.data.map(({ path }) => path));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(paths);
    }
    const first = await listed(id, '?path=b&limit=1&recursive=true');
    expect((await listed(id, `?path=b&recursive=true&cursor=${first.nextCursor}`)).data[0]?.path).toBe('b/2');
    expect((await get(id, '/files?cursor=nonsense')).problem.errors[0]?.field).toBe('cursor');
    expect((await get(id, '/files?path=nowhere')).problem.code).toBe('files.not_found');
  });

  it('are read in ranges, with a type and an etag, and never as a page', async () => {
    const id = await session();
    await put(id, '/files/page.html', '0123456789');
    const whole = await get(id, '/files/page.html');
    expect(whole.text).toBe('0123456789');
    expect(whole.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': 'attachment; filename=page.html',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'content-length': '10',
    });
    const { etag } = whole.headers as { etag: string };
    const parts = [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=5-500', 206, '56789', 'bytes 5-9/10'],
      ['bytes=0-0,9-9', 200, '0123456789', undefined],
      ['lines=1-2', 200, '0123456789', undefined],
    ] as const;
    for (const [range, status, text, content] of parts) {
      const part = await get(id, '/files/page.html', { range });
      expect([part.status, part.text, part.headers['content-range']]).toEqual([status, text, content]);
    }
    const beyond = await get(id, '/files/page.html', { range: 'bytes=10-' });
    expect([beyond.status, beyond.problem.code, beyond.headers['content-range']]).toEqual([
      416,
      'files.range',
      'bytes */10',
    ]);
    expect((await get(id, '/files/page.html', { 'if-none-match': etag })).status).toBe(304);
    expect((await get(id, '/files/page.html', { range: 'bytes=2-4', 'if-range': etag })).status).toBe(206);
    expect((await get(id, '/files/page.html', { range: 'bytes=2-4', 'if-range': '"other"' })).status).toBe(200);
    const head = await send(server.url, at(id, '/files/page.html'), { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '10']);
    await put(id, '/files/page.html', '9876543210');
    expect((await get(id, '/files/page.html', { 'if-none-match': etag })).status).toBe(200);
    await put(id, '/files/empty', '');
    expect(await get(id, '/files/empty')).toMatchObject({ status: 200, text: '' });
  });

  it('are bytes, whatever their type says they are', async () => {
    const id = await session();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    for (const type of [
      'application/json',
      'text/plain; charset=latin1',
      'multipart/form-data',
      'application/octet-stream',
    ]) {
      expect((await put(id, '/files/bytes', bytes, { 'content-type': type })).status).toBeLessThan(300);
    }
    const { data } = await listed(id);
    expect(data[0]?.size).toBe(256);
  });

  it('are replaced and removed only as they are known, where the caller says so', async () => {
    const id = await session();
    const made = await put(id, '/files/f', 'one', { 'if-none-match': '*' });
    expect(made.status).toBe(201);
    const { etag } = JSON.parse(made.text) as Entry;
    expect((await put(id, '/files/f', 'two', { 'if-none-match': '*' })).problem.code).toBe('files.changed');
    expect((await put(id, '/files/f', 'two', { 'if-match': etag! })).status).toBe(200);
    expect((await put(id, '/files/f', 'three', { 'if-match': etag! })).status).toBe(412);
    expect((await put(id, '/files/new', 'x', { 'if-match': '*' })).status).toBe(412);
    expect((await remove(id, '/files/f', { 'if-match': etag! })).status).toBe(412);
    expect((await get(id, '/files/f')).text).toBe('two');
  });

  it('of which one is a folder, or in the way of one, are told as such', async () => {
    const id = await session();
    await put(id, '/files/folder/file', 'x');
    expect((await put(id, '/files/folder', 'x')).problem).toMatchObject({ status: 409, code: 'files.conflict' });
    expect((await put(id, '/files/folder/file/below', 'x')).problem.code).toBe('files.conflict');
    expect((await remove(id, '/files/folder')).problem.code).toBe('files.conflict');
    expect(JSON.parse((await get(id, '/files/folder')).text)).toMatchObject({ path: 'folder', type: 'folder' });
    expect((await remove(id, '/files/folder?recursive=true')).status).toBe(204);
    expect((await remove(id, '/files/folder')).problem.code).toBe('files.not_found');
    expect((await listed(id)).data).toEqual([]);
  });

  it('are bounded one by one and together, and what is refused leaves nothing', async () => {
    const id = await session();
    expect((await put(id, '/files/large', 'x'.repeat(100_001))).problem).toMatchObject({
      status: 413,
      code: 'files.too_large',
    });
    let refused: string | undefined;
    for (let index = 0; index < 40 && !refused; index += 1) {
      const answer = await put(id, `/files/f${index}`, Buffer.alloc(100_000, 1));
      if (answer.status !== 201) refused = answer.problem.code;
    }
    expect(refused).toBe('files.quota_exceeded');
    const place = join(server.dataDir, 'sessions', id);
    expect(readdirSync(join(place, 'incoming'))).toEqual([]);
    expect((await listed(id)).data.length).toBeLessThan(31);
  });

  it('are bounded together when many come at once', async () => {
    const id = await session();
    const many = [...Array(40).keys()].map((n) => put(id, `/files/f${n}`, Buffer.alloc(100_000, 1)));
    for (const { status, problem } of await Promise.all(many))
      if (status !== 201) expect(problem.code).toBe('files.quota_exceeded');
    expect((await listed(id)).data.length).toBeLessThan(31);
  });

  it('of somebody else are not there', async () => {
    const nobody = '0198c0de-0000-7000-8000-000000000000';
    for (const path of ['/files', '/files/a', '/archive', '/diff'])
      expect((await get(nobody, path)).problem).toMatchObject({ status: 404, code: 'session.not_found' });
    expect((await put(nobody, '/files/a', 'x')).problem.code).toBe('session.not_found');
    expect((await remove(nobody, '/files/a')).problem.code).toBe('session.not_found');
  });

  it('are packed as they are, also while the agent writes', async () => {
    const id = await session();
    await put(id, '/files/a/%C3%A4%20b.txt', 'words');
    const run = await server.client().submit({
      sessionId: id,
      prompt:
        '[[bash ln -s /etc/passwd link; mkfifo pipe; for i in $(seq 200); do echo $i >> grows; sleep 0.01; done]]',
    });
    await expect
      .poll(async () => (await listed(id)).data.map(({ path }) => path), { timeout: 15_000 })
      .toContain('grows');
    const response = await fetch(server.url + at(id, '/archive'));
    const folder = mkdtempSync(join(tmpdir(), 'steward-unpacked-'));
    execFileSync('tar', ['xzf', '-', '-C', folder], { input: Buffer.from(await response.arrayBuffer()) });
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'grows']);
    expect(readFileSync(join(folder, 'a', 'ä b.txt'), 'utf8')).toBe('words');
    rmSync(folder, { recursive: true });
    expect((await server.client().result(run.id)).state).toBe('completed');
  });

  it('differ from the start of a run by what the agent did, as a patch that applies', async () => {
    const id = await session();
    await put(id, '/files/kept.txt', 'same\n');
    await put(id, '/files/changed.txt', 'one\ntwo\nthree\n');
    await put(id, '/files/gone.txt', 'bye\n');
    await put(id, '/files/binary', Buffer.from([0, 1, 2]));
    const prompt =
      '[[bash sed -i s/two/2/ changed.txt; rm gone.txt; mkdir -p new; echo hi > new/file; printf "\\\\000" >> binary; touch kept.txt]]';
    const run = await server.client().execute({ sessionId: id, prompt });
    const diff = JSON.parse((await get(id, `/diff?run=${run.id}`)).text) as Diff;
    expect(diff.data.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'modified binary',
      'modified changed.txt',
      'added new/file',
      'removed gone.txt',
    ]);
    expect(diff.data[0]?.patch).toBeNull();
    const folder = mkdtempSync(join(tmpdir(), 'steward-patched-'));
    execFileSync('sh', ['-c', 'printf "one\\ntwo\\nthree\\n" > changed.txt; echo bye > gone.txt; git init -q .'], {
      cwd: folder,
    });
    const patch = diff.data.map((file) => file.patch ?? '').join('');
    execFileSync('git', ['apply', '-'], { cwd: folder, input: patch });
    expect(readFileSync(join(folder, 'changed.txt'), 'utf8')).toBe('one\n2\nthree\n');
    expect(readdirSync(folder).toSorted()).toEqual(['.git', 'changed.txt', 'new']);
    rmSync(folder, { recursive: true });

    const next = await server.client().execute({ sessionId: id, prompt: '[[say nothing]]' });
    expect(JSON.parse((await get(id, '/diff')).text) as Diff).toMatchObject({ runId: next.id, data: [] });
    const since = JSON.parse((await get(id, `/diff?run=${run.id}`)).text) as Diff;
    expect(since.data).toHaveLength(4);
    expect((await get(id, '/diff?run=unknown')).problem.code).toBe('files.no_snapshot');
  });

  it('are the server’s to write and the session’s to own, with the mode that was there', async () => {
    const { sessionId: id } = await server.client().execute({ prompt: '[[bash echo x > run.sh; chmod 755 run.sh]]' });
    await put(id, '/files/run.sh', '#!/bin/sh\necho replaced\n');
    const run = await server
      .client()
      .execute({ sessionId: id, prompt: '[[bash ./run.sh; echo more >> run.sh; stat -c %a run.sh]] [[result]]' });
    expect(run.result?.text).toBe('replaced\n755');
  });

  it('lie beside nothing that the agent could see of other files', async () => {
    const id = await session();
    await put(id, '/files/a', 'x');
    const run = await server
      .client()
      .execute({ sessionId: id, prompt: '[[bash ls ../incoming ../snapshots 2>&1]] [[result]]' });
    const place = join(server.dataDir, 'sessions', id);
    for (const name of ['incoming', 'snapshots']) expect(statSync(join(place, name)).mode & 0o777).toBe(0o700);
    // Without a sandbox (a server that is not root) nothing is kept apart.
    if (process.geteuid?.() === 0) expect(run.result?.text).toMatch(/Permission denied|No such file/);
  });

  it('are reached by the client, names of any kind included', async () => {
    const id = await session();
    const files = server.client().files(id);
    const path = 'a b/ü#?%20 🎈.txt';
    const made = await files.write(path, 'ten letters', { ifAbsent: true });
    expect(made).toMatchObject({ path, type: 'file', size: 11 });
    await expect(files.write(path, 'x', { ifAbsent: true })).rejects.toMatchObject({ code: 'files.changed' });
    expect(await files.write(path, new Uint8Array([48, 49, 50]), { ifMatch: made.etag! })).toMatchObject({ size: 3 });
    expect(await (await files.read(path)).text()).toBe('012');
    expect(await (await files.read(path, { range: { from: 1 } })).text()).toBe('12');
    expect((await files.list({ recursive: true })).data.map((entry) => entry.path)).toEqual(['a b', path]);
    const run = await server.client().execute({ sessionId: id, prompt: '[[bash echo more > new]]' });
    const diff = await files.diff({ run: run.id });
    expect(diff.data.map((change) => `${change.change} ${change.path}`)).toEqual(['added new']);
    const packed = Buffer.from(await (await files.archive()).arrayBuffer());
    expect(execFileSync('tar', ['xzOf', '-', 'new'], { input: packed }).toString()).toBe('more\n');
    await files.remove('a b', { recursive: true });
    await expect(files.read(path)).rejects.toMatchObject({ code: 'files.not_found' });
  });
});
