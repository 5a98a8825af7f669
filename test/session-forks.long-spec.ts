import { existsSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { openApprovals } from './support/approving.js';
import { ServerProcess } from './support/server.process.js';
import { agentCounts, startedAs } from './support/warm.js';

const MIB = 1024 * 1024;

/** Branching a conversation, reading it, and sessions that do not stay. */
describe('sessions that branch and pass', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    api = await startMessagesApi();
    const env = { STEWARD_MAX_WORKSPACE_BYTES: String(20 * MIB) };
    server = await ServerProcess.start({ modelUrl: api.url, env, spares: true });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
  });

  const last = () => JSON.stringify(api.journal.findLast((entry) => entry.kind === 'step')?.body?.messages);
  const run = async (prompt: string, more: object = {}) => {
    const ended = await server.client().execute({ prompt, ...more });
    expect(ended.error).toBeNull();
    return ended;
  };
  const folders = () => readdirSync(join(server.dataDir, 'sessions'));

  it.each([
    ['hot', ''],
    // What an agent leaves running is ended, and its process with it.
    ['hibernated', '; (setsid sleep 432 >/dev/null 2>&1 &)'],
  ])('a fork of a %s session has its conversation and files; both go on by themselves', async (temperature, more) => {
    const begin = `echo one > file.txt; ln -s /etc out${more}`;
    const first = await run(`the word is marmalade [[bash pwd; ${begin}]] [[result]]`);
    const state = async () => (await server.client().session(first.sessionId)).state;
    await expect.poll(state, { timeout: 10_000 }).toBe(temperature === 'hot' ? 'idle' : 'hibernated');
    await expect.poll(async () => (await server.client().session(first.sessionId)).runs).toBe(1);
    const original = await server.client().session(first.sessionId);
    const fork = await server.client().forkSession(first.sessionId, { branch: 'b' });
    expect(fork).toMatchObject({ state: 'hibernated', runs: 0, forkedFrom: original.id, metadata: { branch: 'b' } });
    expect(await server.client().session(first.sessionId)).toEqual(original);

    const branch = await run('[[bash pwd; cat file.txt; readlink out; echo two > file.txt]] [[result]]', {
      sessionId: fork.id,
    });
    expect(await startedAs(server, branch.id)).toBe('resumed');
    expect(branch.result?.text).toContain('one');
    expect(branch.result?.text).toContain('/etc');
    expect(branch.result?.text).toContain(fork.id);
    expect(last()).toContain('marmalade');
    // What the conversation says of the place is true in the branch.
    const place = /sessions\/([0-9a-f-]{36})/.exec(first.result?.text ?? '')?.[1];
    expect(last()).not.toContain(place);

    const on = await run('[[bash cat file.txt]] [[result]]', { sessionId: first.sessionId });
    expect(on.result?.text).toContain('one');
    expect(last()).not.toContain('readlink');
    if (temperature === 'hot') expect(await startedAs(server, on.id)).toBe('hot');
    await server.client().closeSession(first.sessionId);
    expect((await run('[[bash cat file.txt]] [[result]]', { sessionId: fork.id })).result?.text).toContain('two');
  });

  it('a session in which something runs cannot be forked, nothing is left of the try', async () => {
    const { id, sessionId } = await server.client().submit({ prompt: '[[text n=400 delay=20]]' });
    await expect.poll(async () => (await server.client().run(id)).lastSeq, { timeout: 20_000 }).toBeGreaterThan(4);
    await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
    const before = folders().length;
    await expect(server.client().forkSession(sessionId)).rejects.toMatchObject({ code: 'session.busy' });
    expect(folders().length).toBe(before);
    await server.client().cancel(id);
  });

  it('a fork has the large outputs that its conversation names', async () => {
    const prompt = '[[bash seq 1 20000; echo marmalade]] [[say read]]';
    const first = await run(prompt);
    const fork = await server.client().forkSession(first.sessionId);
    await run('[[say go on]]', { sessionId: fork.id });
    const path = /(\/[^\s"\\]+\/tool-results\/[^\s"\\]+)/.exec(last())?.[1] ?? '';
    expect(path).toContain(fork.id);
    await server.client().closeSession(first.sessionId);
    const again = await run(`[[bash tail -n 1 ${path}]] [[result]]`, { sessionId: fork.id });
    expect(again.result?.text).toBe('marmalade');
  });

  it('files with holes, and many names of one file, do not make a fork larger than a session may be', async () => {
    const { id: sessionId } = await server.client().createSession();
    const forks = async () =>
      (await server.client().sessions({ limit: 100 })).data.filter(({ forkedFrom }) => forkedFrom === sessionId);
    const many = 'rm holes; head -c 5000000 /dev/zero > a; for n in $(seq 9); do ln a b$n; done';
    for (const grow of ['mkfifo pipe; truncate -s 1G holes', many]) {
      await run(`[[bash ${grow}]] [[say ok]]`, { sessionId });
      await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
      const before = folders().length;
      const refused = server.client().forkSession(sessionId);
      await expect(refused).rejects.toMatchObject({ code: 'workspace.too_large', problem: { status: 409 } });
      expect(folders().length).toBe(before);
      expect(await forks()).toEqual([]);
    }
    await run('[[bash rm b*]] [[say ok]]', { sessionId });
    expect((await server.client().forkSession(sessionId)).forkedFrom).toBe(sessionId);
  });

  it('what people allowed in a session they did not allow in its fork, and the answer says so', async () => {
    const asking = { allowedTools: ['Read'], approvals: 'ask' } as const;
    const { id, sessionId } = await server.client().submit({ prompt: '[[bash touch x]] [[say ok]]', ...asking });
    const [approval] = await openApprovals(server.client(), id);
    await server.client().approve(id, approval!.id, { decision: 'allow', scope: 'session' });
    expect((await server.client().result(id)).state).toBe('completed');
    expect((await server.client().session(sessionId)).allowed).toHaveLength(1);
    const fork = await server.client().forkSession(sessionId);
    expect(fork.allowed).toEqual([]);
    expect(await server.client().session(fork.id)).toEqual(fork);
  });

  it('shows the conversation in pages, oldest first', async () => {
    const { id: sessionId } = await server.client().createSession();
    expect(await server.client().messages(sessionId)).toEqual({ data: [], nextCursor: null });
    for (const word of ['alpha', 'beta', 'gamma'])
      await run(`${word} [[bash echo ${word}]] [[say said-${word}]]`, { sessionId });
    const found = [];
    let cursor: string | undefined;
    do {
      const page = await server.client().messages(sessionId, { limit: 3, ...(cursor ? { cursor } : {}) });
      expect(page.data.length).toBeLessThanOrEqual(3);
      found.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    const kinds = found.map(({ role, content }) => `${role}:${String(content[0]?.['type'])}`);
    const turn = ['user:text', 'assistant:tool_use', 'user:tool_result', 'assistant:text'];
    expect(kinds).toEqual([...turn, ...turn, ...turn]);
    expect(JSON.stringify(found[8]?.content)).toContain('gamma');
    expect(found[3]?.content).toEqual([{ type: 'text', text: 'said-alpha' }]);
    await expect(server.client().messages(sessionId, { cursor: 'djI6eA' })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  it('reads no file that an agent has put in the place of its transcript', async () => {
    await using cold = await ServerProcess.start({ modelUrl: api.url, cold: true });
    const { sessionId } = await cold.client().execute({ prompt: '[[say begun]]' });
    const config = join(cold.dataDir, 'sessions', sessionId, 'config');
    const [project] = readdirSync(join(config, 'projects'));
    const folder = join(config, 'projects', project!);
    const name = readdirSync(folder).find((file) => file.endsWith('.jsonl'))!;
    const outside = join(cold.dataDir, 'secret.jsonl');
    renameSync(join(folder, name), outside);
    symlinkSync(outside, join(folder, name));
    expect((await cold.client().messages(sessionId)).data).toEqual([]);
  });

  it('one in which nothing has happened can be forked', async () => {
    const { id } = await server.client().createSession();
    const fork = await server.client().forkSession(id);
    expect(fork).toMatchObject({ forkedFrom: id, runs: 0 });
    const both = await Promise.all(
      [id, fork.id].map((sessionId) => run('[[bash ls | wc -l]] [[result]]', { sessionId })),
    );
    expect(both.map(({ result }) => result?.text)).toEqual(['0', '0']);
  });

  it('a fork has files of any name', async () => {
    const script = `python3 -c "open(b'caf\\xe9','w').write('coffee')"`;
    const { sessionId } = await run(`[[bash ${script}; cat caf*]] [[result]]`);
    const fork = await server.client().forkSession(sessionId);
    // Its first process has it from the server's user.
    const ended = await run('[[bash cat caf*; echo more >> caf*; ls | wc -l]] [[result]]', { sessionId: fork.id });
    expect(ended.result?.text).toBe('coffee1');
    expect(fork.workspace.bytes).toBeGreaterThan(512);
  });

  it('a session that is not to be kept goes with its run, and nothing of it stays', async () => {
    const before = (await server.client().sessions()).data.map(({ id }) => id);
    const ended = await run('[[bash touch x]] [[say gone]]', { keepSession: false });
    await expect
      .poll(
        () =>
          server
            .client()
            .session(ended.sessionId)
            .catch((error: { code: string }) => error.code),
        { timeout: 10_000 },
      )
      .toBe('session.not_found');
    expect((await server.client().sessions()).data.map(({ id }) => id)).toEqual(before);
    expect((await server.client().run(ended.id)).result?.text).toBe('gone');
    expect(existsSync(join(server.dataDir, 'sessions', ended.sessionId))).toBe(false);
    const refused = server.client().submit({ prompt: 'x', sessionId: before[0]!, keepSession: false });
    await expect(refused).rejects.toMatchObject({ code: 'request.invalid' });
  });
});
