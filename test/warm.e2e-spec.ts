import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { keepersAndClis } from './support/anatomy.js';
import { commandOf, keepersWithMark, processesWithMark } from './support/processes.js';
import { agentCounts, lentAs, rehearsals, startedAs } from './support/warm.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

/** Processes that wait: for their session, and for new ones. */
describe('warm processes', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    api = await startMessagesApi();
    server = await ServerProcess.start({ modelUrl: api.url, spares: true });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
  });

  const last = () => JSON.stringify(api.journal.findLast((entry) => entry.kind === 'step')?.body?.messages);
  const run = (prompt: string, more: object = {}) => server.client().execute({ prompt, ...more });
  const how = async (prompt: string, more: object = {}) => {
    const ended = await run(prompt, more);
    expect(ended.error).toBeNull();
    return { process: await startedAs(server, ended.id), ended };
  };

  it('a second run goes to the process of the first, which knows what was said', async () => {
    const first = await run('the word is marmalade [[say noted]]');
    await expect.poll(() => server.client().session(first.sessionId)).toMatchObject({ state: 'idle', runs: 1 });
    const { process, ended } = await how('again [[say two]]', { sessionId: first.sessionId });
    expect(process).toBe('hot');
    expect(ended.result?.text).toBe('two');
    expect(last()).toContain('the word is marmalade');
    // Its own, and not since the start of the process.
    expect(ended.usage.outputTokens).toBeLessThanOrEqual(first.usage.outputTokens);
    expect(Number(ended.costUsd)).toBeLessThan(Number(first.costUsd));
  });

  it('a new session takes a spare, and another spare takes its place', async () => {
    for (const word of ['one', 'two']) {
      await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
      const { process, ended } = await how(`[[bash pwd; echo ${word} > mine.txt; ls]] [[result]]`);
      expect(process).toBe('spare');
      expect(ended.result?.text).toContain('mine.txt');
    }
  });

  it('a spare has made itself ready: it asks the model what another asks, and has asked nobody before', async () => {
    await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
    const asked = api.journal.length;
    const rehearsed = await rehearsals(server);
    expect(rehearsed).toBeGreaterThan(0);
    const { process } = await how('[[say spare]]');
    expect(process).toBe('spare');
    const entries = api.journal.slice(asked);
    expect(entries.map(({ kind }) => kind)).toEqual(['step']);
    const [{ body: first }] = entries as [(typeof entries)[number]];
    await using other = await ServerProcess.start({ modelUrl: api.url, cold: true });
    await other.client().execute({ prompt: '[[say spare]]' });
    const { body: second } = api.journal.at(-1)!;
    const steady = (body: unknown) => JSON.stringify(body).replaceAll(/steward-e2e-\w+|[0-9a-f]{8}-[0-9a-f-]{27}/g, '');
    expect(steady({ ...first, metadata: null })).toBe(steady({ ...second, metadata: null }));
  });

  it('a conversation that began in a spare goes on after hibernation, in the same folder', async () => {
    await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
    const first = await how('saffron [[bash pwd; echo kept > file.txt]] [[result]]');
    expect(first.process).toBe('spare');
    const { sessionId } = first.ended;
    // Another profile: what is fixed in a process is not changed, the conversation is resumed in a new one.
    const second = await how('[[bash pwd; cat file.txt]] [[result]]', { sessionId, appendSystemPrompt: 'Be short.' });
    expect(second.process).toBe('resumed');
    expect(second.ended.result?.text).toContain(first.ended.result?.text?.trim());
    expect(second.ended.result?.text).toContain('kept');
    expect(last()).toContain('saffron');
  });

  it('a permission mode is told to the waiting process, and holds for its run alone', async () => {
    const { sessionId } = await run('[[say begun]]');
    const modeOf = async (more: object) => {
      const { process: got, ended } = await how('[[say x]]', { sessionId, rawMessages: 'all', ...more });
      expect(got).toBe('hot');
      const { data } = await server.client().history(ended.id);
      return /"permissionMode":"(\w+)"/.exec(JSON.stringify(data))?.[1];
    };
    expect(await modeOf({ permissionMode: 'plan' })).toBe('plan');
    expect(await modeOf({})).toBe('default');
  });

  it('tools that one run may use are not allowed in the next', async () => {
    const { sessionId } = await run('[[bash echo once > a.txt]] [[say begun]]', { allowedTools: ['Bash'] });
    const { process, ended } = await how('[[bash touch b.txt]] [[result]]', { sessionId, allowedTools: ['Read'] });
    expect(process).toBe('hot');
    expect(ended.result?.text).toContain('not allowed');
  });

  it('what an agent leaves running ends with its run', async () => {
    const first = await run('[[bash (setsid sleep 4321 >/dev/null 2>&1 &); echo started]] [[say left]]');
    await expect
      .poll(async () => (await server.client().session(first.sessionId)).state, { timeout: 10_000 })
      .toBe('hibernated');
    expect(await lentAs(server)).toHaveProperty('hot');
    const { process } = await how('[[say on]]', { sessionId: first.sessionId });
    expect(process).toBe('resumed');
  });

  it('a process whose home was written into is not lent again', async () => {
    const { sessionId } = await run('[[bash echo "export PLANTED=1" > $HOME/.bashrc]] [[say begun]]');
    const { process, ended } = await how('[[bash echo "<$PLANTED>"; ls -A $HOME]] [[result]]', { sessionId });
    expect(process).toBe('resumed');
    expect(ended.result?.text).toContain('<>');
    expect(ended.result?.text).not.toContain('.bashrc');
  });

  it('a waiting process that dies leaves its session hibernated, and usable', async () => {
    const { sessionId } = await run('vermilion [[say begun]]');
    for (const pid of await processesWithMark(`${server.dataDir}#`)) {
      // One ends the other's.
      await commandOf(pid)
        .then((command) => command && process.kill(pid, 'SIGKILL'))
        .catch(() => undefined);
    }
    const state = async () => (await server.client().session(sessionId)).state;
    await expect.poll(state, { timeout: 10_000 }).toBe('hibernated');
    const { process: got } = await how('[[say on]]', { sessionId });
    expect(got).toBe('resumed');
    expect(last()).toContain('vermilion');
  });

  it.each(['hot', 'spare'])('a %s process that was killed this moment is not lent', async (temperature) => {
    const { sessionId } = await run('[[say begun]]');
    await expect.poll(async () => (await agentCounts(server)).spare, { timeout: 15_000 }).toBe(1);
    const { cli } = await keepersAndClis(`${server.dataDir}#`);
    for (const pid of cli) process.kill(pid, 'SIGKILL');
    const { process: got, ended } = await how('[[say on]]', temperature === 'hot' ? { sessionId } : {});
    expect(ended.attempts).toBe(1);
    expect(got).toBe(temperature === 'hot' ? 'resumed' : 'new');
  });

  it('closing a session ends its waiting process', async () => {
    const { sessionId } = await run('[[say begun]]');
    const hot = async () => (await agentCounts(server)).hot;
    const before = await hot();
    await expect.poll(async () => (await server.client().session(sessionId)).state, { timeout: 10_000 }).toBe('idle');
    await server.client().closeSession(sessionId);
    expect(await hot()).toBeLessThanOrEqual(before);
    expect(await keepersWithMark(`${server.dataDir}#${sessionId}`)).toEqual([]);
    await expect(server.client().session(sessionId)).rejects.toMatchObject({ code: 'session.not_found' });
  });
});

describe('the bounds of waiting', () => {
  let api: MessagesApi;
  beforeAll(async () => {
    api = await startMessagesApi();
  });
  afterAll(() => api.close());

  const start = (env: Record<string, string>) => ServerProcess.start({ modelUrl: api.url, env, spares: true });
  const states = async (server: ServerProcess, ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await server.client().session(id)).state));
  const sessionsOf = async (server: ServerProcess, count: number) => {
    const ids: string[] = [];
    while (ids.length < count) ids.push((await server.client().execute({ prompt: '[[say x]]' })).sessionId);
    return ids;
  };

  it('of more sessions than may be hot, the least recently used hibernates', async () => {
    await using server = await start({ STEWARD_HOT_PROCESSES: '2', STEWARD_SPARE_PROCESSES: '0' });
    const [first, second] = await sessionsOf(server, 2);
    // A process waits from a moment after its run's end on; on a busy machine the next run could be over before it.
    const rest = (ids: string[]) =>
      expect.poll(() => states(server, ids), { timeout: 10_000 }).toEqual(ids.map(() => 'idle'));
    await rest([first!, second!]);
    await server.client().execute({ prompt: '[[say again]]', sessionId: first! });
    await rest([first!, second!]);
    const [third] = await sessionsOf(server, 1);
    const ids = [first!, second!, third!];
    await expect.poll(() => states(server, ids), { timeout: 10_000 }).toEqual(['idle', 'hibernated', 'idle']);
    expect(await agentCounts(server)).toEqual({ hot: 2, spare: 0 });
  });

  it('a session hibernates when nobody uses it, and its process is gone then', async () => {
    await using server = await start({ STEWARD_HOT_IDLE_MS: '300', STEWARD_SPARE_PROCESSES: '0' });
    const ids = await sessionsOf(server, 1);
    await expect.poll(() => states(server, ids), { timeout: 10_000 }).toEqual(['hibernated']);
    expect(await server.agentProcesses()).toEqual([]);
  });

  it('processes above the memory ceiling are ended, but none that works', async () => {
    const env = { STEWARD_POOL_MEMORY_BYTES: String(1024 ** 2) };
    await using server = await start(env);
    const { id } = await server.client().submit({ prompt: '[[text n=60 delay=50]]' });
    const idle = await sessionsOf(server, 2);
    await expect.poll(() => states(server, idle), { timeout: 15_000 }).toEqual(['hibernated', 'hibernated']);
    expect(await server.client().result(id)).toMatchObject({ state: 'completed' });
    await expect.poll(() => agentCounts(server), { timeout: 15_000 }).toEqual({ hot: 0, spare: 0 });
  });

  it('under pressure of the host everything that waits is ended', async () => {
    const env = { STEWARD_POOL_FREE_MEMORY_BYTES: String(1000 * 1024 ** 3) };
    await using server = await start(env);
    const ids = await sessionsOf(server, 2);
    await expect.poll(() => states(server, ids), { timeout: 15_000 }).toEqual(['hibernated', 'hibernated']);
  });

  it('a spare is replaced when it is too old', async () => {
    await using server = await start({ STEWARD_SPARE_MAX_AGE_MS: '2000' });
    await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ spare: 1 });
    const before = await server.agentProcesses();
    const replaced = async () => {
      const now = await server.agentProcesses();
      return now.length > 0 && before.every((pid) => !now.includes(pid));
    };
    await expect.poll(replaced, { timeout: 20_000 }).toBe(true);
  });

  it('spares follow what is asked for', async () => {
    await using server = await start({ STEWARD_HOT_PROCESSES: '0' });
    const asked = { prompt: '[[say x]]', appendSystemPrompt: 'Be kind.' };
    for (let times = 0; times < 3; times += 1) await server.client().execute(asked);
    const next = async () => startedAs(server, (await server.client().execute(asked)).id);
    await expect.poll(next, { timeout: 30_000, interval: 1500 }).toBe('spare');
  });

  it('nothing is left when the server ends, and when it is killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using server = await start({});
      await sessionsOf(server, 2);
      await expect.poll(() => agentCounts(server), { timeout: 20_000 }).toMatchObject({ hot: 2, spare: 1 });
      expect(await server.agentProcesses()).not.toEqual([]);
      expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
      await expect.poll(() => server.agentProcesses(), { timeout: 10_000 }).toEqual([]);
    }
  });
});

/** One server looks through the open runs again and again: meets many that are about to end, or have ended just now. */
describe('the look for what crashes left', () => {
  let server: ServerProcess;
  withServer({ env: { STEWARD_RECONCILE_MS: '200' } }, (standing) => ({ server } = standing));

  it('takes no process from a session whose run has ended just now', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[say begin]]' });
    const found: (string | undefined)[] = [];
    for (let i = 0; i < 40; i += 1) {
      const { id } = await server.client().execute({ prompt: '[[text n=2 delay=10]]', sessionId });
      found.push(await startedAs(server, id));
    }
    expect(found.filter((process) => process !== 'hot')).toEqual([]);
  });
});
