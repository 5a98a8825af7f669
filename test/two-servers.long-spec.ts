import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { HIDES_PROCESSES } from './support/hiding.js';
import { keepersWithMark, processesOf, processesWithMark } from './support/processes.js';
import { ServerProcess } from './support/server.process.js';

const ROOT = process.geteuid?.() === 0;
const STAY = '[[bash id -u; touch left; sleep 60]] [[say never]]';

/** Two servers that know nothing of each other, with `user` alone as the wall between their agents. */
describe.runIf(ROOT)('two servers on one host', () => {
  let api: MessagesApi;
  let claims: string;
  beforeAll(async () => {
    api = await startMessagesApi();
    claims = mkdtempSync(join(tmpdir(), 'steward-claims-'));
  });
  afterAll(async () => {
    rmSync(claims, { recursive: true, force: true });
    await api.close();
  });

  const start = (more: Record<string, string> = {}, dataDir?: string) =>
    ServerProcess.start({
      modelUrl: api.url,
      ...(dataDir === undefined ? {} : { dataDir }),
      env: {
        STEWARD_SANDBOX: 'user',
        STEWARD_UID_CLAIMS_DIR: claims,
        STEWARD_SANDBOX_FIRST_UID: '910000',
        STEWARD_SANDBOX_UIDS: '2000',
        STEWARD_SANDBOX_UID_BLOCK: '1000',
        ...more,
      },
    });

  const uidOf = async (server: ServerProcess, sessionId?: string): Promise<number> => {
    const prompt = '[[bash id -u]] [[result]]';
    const run = await server.client().execute(sessionId === undefined ? { prompt } : { prompt, sessionId });
    expect(run.error).toBeNull();
    return Number(run.result?.text);
  };

  it('give their sessions different users, of which none can read the other’s processes', async () => {
    await using one = await start();
    await using two = await start();
    const running = await one.client().submit({ prompt: STAY });
    await expect.poll(() => processesWithMark(`${one.dataDir}#`), { timeout: 20_000 }).not.toEqual([]);
    const uids = await Promise.all([uidOf(one), uidOf(two), uidOf(two)]);
    expect(new Set(uids).size).toBe(3);
    expect(Math.abs(uids[0] - uids[1])).toBeGreaterThan(900);
    const pids = await processesWithMark(`${one.dataDir}#`);
    expect(pids.length).toBeGreaterThan(0);
    const spy = pids.map((pid) => `cat /proc/${pid}/environ && echo SEEN ${pid}`).join('; ');
    const spied = await two.client().execute({ prompt: `[[bash ${spy}; echo looked]] [[result]]` });
    expect(spied.result?.text).toContain('looked');
    expect(spied.result?.text).toContain(HIDES_PROCESSES ? 'No such file' : 'Permission denied');
    // One that ended meanwhile may have left its number to a process of who looks.
    const left = new Set(await processesWithMark(`${one.dataDir}#`));
    expect(pids.some((pid) => left.has(pid))).toBe(true);
    const seen = [...(spied.result?.text ?? '').matchAll(/SEEN (\d+)/g)].map(([, pid]) => Number(pid));
    expect(seen.filter((pid) => left.has(pid))).toEqual([]);
    expect(spied.result?.text).not.toContain(`STEWARD_MARK=${one.dataDir}`);
    await one.client().cancel(running.id);
  });

  it('a third is told who has the users, and a block is free again when its data folder is gone', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    {
      await using one = await start();
      await using two = await start({}, kept);
      await Promise.all([uidOf(one), uidOf(two)]);
      await using three = await start();
      const run = await three.client().execute({ prompt: 'x' });
      expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.sandbox_unavailable' } });
      expect(run.error?.message).toContain('STEWARD_SANDBOX_FIRST_UID');
      expect(three.output()).toContain(two.dataDir);
    }
    // The folder of the first is gone with it; that of the second stays, and so does its claim.
    await using next = await start();
    const nextUid = await uidOf(next);
    await using again = await start({}, kept);
    expect(Math.abs((await uidOf(again)) - nextUid)).toBeGreaterThan(900);
    expect(readdirSync(claims).toSorted()).toEqual(['910000-910999', '911000-911999', 'lock']);
    await again.stop();
    rmSync(kept, { recursive: true, force: true });
  });

  it('a session keeps its user over a restart', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    const first = await start({}, kept);
    const session = (await first.client().execute({ prompt: '[[say made]]' })).sessionId;
    const uid = await uidOf(first, session);
    await first.stop();
    await using second = await start({}, kept);
    expect(await uidOf(second, session)).toBe(uid);
    await second.stop();
    rmSync(kept, { recursive: true, force: true });
  });
});

describe.runIf(ROOT)('what has cleared its environment', () => {
  it('is found by its user when both keepers are killed at once', async () => {
    const api = await startMessagesApi();
    const server = await ServerProcess.start({ modelUrl: api.url, env: { STEWARD_SANDBOX: 'user' } });
    try {
      const seconds = String(100_000 + process.pid);
      const prompt = `[[bash (env -i /usr/bin/setsid sleep ${seconds} &); sleep 60]] [[say never]]`;
      const run = await server.client().submit({ prompt });
      await expect.poll(() => processesOf(`sleep ${seconds}`), { timeout: 20_000 }).not.toEqual([]);
      for (const pid of await keepersWithMark(`${server.dataDir}#`)) process.kill(pid, 'SIGKILL');
      await expect.poll(() => processesOf(`sleep ${seconds}`), { timeout: 5000 }).toEqual([]);
      await expect.poll(async () => (await server.client().run(run.id)).state, { timeout: 10_000 }).toBe('failed');
    } finally {
      await server[Symbol.asyncDispose]();
      await api.close();
    }
  });
});

describe.runIf(!ROOT)('a server that is not root', () => {
  it('has no users to give, and says so at start', async () => {
    const { code, output } = await ServerProcess.startFailing({ STEWARD_SANDBOX: 'user' });
    expect(code).not.toBe(0);
    expect(output).toContain('runs as root');
  });
});
