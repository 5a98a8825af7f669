import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Run, type StewardClient } from '@steward/client';
import { hashKey, newKey } from '@steward/identity';
import { afterAll, describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { type ServerProcess } from './support/server.process.js';
import { type StartServer, withServers } from './support/servers.fixture.js';

const ADMIN = '/api/v1/claude/admin/queue';
const TIMEOUT_MS = 400_000;
const PLACES = 4;
const SESSIONS = 8;
const keys = { ann: newKey(), bob: newKey(), eve: newKey(), ops: newKey() };
type User = 'ann' | 'bob' | 'eve';

/** Shares of several callers under load, on several servers, with a stand-in for the CLI that does nothing but answer. */
describe('shares under load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-shares-'));
  const shares = join(folder, 'shares.json');
  writeFileSync(shares, JSON.stringify({ users: { 'acme/bob': { weight: 2 }, 'acme/eve': { weight: 4 } } }));
  let start: StartServer;
  let front: ServerProcess;
  let workers: ServerProcess[] = [];

  withServers(
    {
      CLAUDE_CLI_PATH: resolve('test/fixtures/trivial_cli.py'),
      STEWARD_API_KEYS: Object.entries(keys)
        .map(([user, key]) => `${user}:acme:${user === 'ops' ? 'operator' : 'user'}:${hashKey(key)}`)
        .join(','),
      STEWARD_SHARES: shares,
      STEWARD_WORKER_CONCURRENCY: String(PLACES / 2),
    },
    async (another) => {
      start = another;
      front = await start('api');
      workers = [await start('worker'), await start('worker')];
    },
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  const client = (user: User): StewardClient => front.client(keys[user]);
  const operate = (what: 'pause' | 'resume') =>
    send(front.url, `${ADMIN}/${what}`, { method: 'POST', headers: { authorization: `Bearer ${keys.ops}` } });

  /** So many runs of a caller, in several sessions, so that some of them may always start. */
  async function submit(user: User, count: number): Promise<void> {
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => client(user).createSession()));
    for (let n = 0; n < count; n += SESSIONS)
      await Promise.all(
        sessions
          .slice(0, Math.min(SESSIONS, count - n))
          .map(({ id: sessionId }) => client(user).submit({ prompt: `${n}`, sessionId })),
      );
  }

  async function runsOf(user: User): Promise<Run[]> {
    const all: Run[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await client(user).runs({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      all.push(...page.data);
      if (page.nextCursor === null) return all;
      cursor = page.nextCursor;
    }
  }

  const startsOf = async (user: User): Promise<number[]> =>
    (await runsOf(user)).flatMap(({ startedAt }) => (startedAt === null ? [] : [Date.parse(startedAt)]));

  it('weights 1 : 2 : 4 are shares of 1 : 2 : 4, also across restarts', { timeout: TIMEOUT_MS }, async () => {
    await operate('pause');
    const asked: Readonly<Record<User, number>> = { ann: 64, bob: 96, eve: 184 };
    for (const [user, count] of Object.entries(asked)) await submit(user as User, count);
    await operate('resume');
    await expect.poll(async () => (await startsOf('eve')).length, { timeout: 120_000 }).toBeGreaterThan(40);
    // One worker in order, the api by force; others take their places.
    await workers[0]!.stop();
    workers[0] = await start('worker');
    await front.stop('SIGKILL');
    front = await start('api');
    await expect.poll(async () => (await startsOf('eve')).length, { timeout: 200_000, interval: 500 }).toBe(asked.eve);
    const users: User[] = ['ann', 'bob', 'eve'];
    const starts = await Promise.all(users.map(async (user) => (await startsOf(user)).map((at) => ({ at, user }))));
    // As long as all three had something waiting.
    const first = starts
      .flat()
      .toSorted((a, b) => a.at - b.at)
      .slice(0, 210);
    const share = (user: User) => first.filter((one) => one.user === user).length / 210;
    for (const [user, wanted] of [
      ['ann', 1 / 7],
      ['bob', 2 / 7],
      ['eve', 4 / 7],
    ] as const) {
      expect(share(user)).toBeGreaterThanOrEqual(0.9 * wanted);
      expect(share(user)).toBeLessThanOrEqual(1.1 * wanted);
    }
  });

  it('1,000 runs of one delay the single run of another by one run at most', { timeout: TIMEOUT_MS }, async () => {
    await operate('pause');
    const before = (await runsOf('ann')).length;
    await submit('ann', 1000);
    await operate('resume');
    const begun = async () => (await startsOf('ann')).length - before;
    await expect.poll(begun, { timeout: 120_000, interval: 200 }).toBeGreaterThan(50);
    const single = await client('eve').execute({ prompt: 'now' });
    expect(await begun()).toBeLessThan(1000);
    const [from, to] = [Date.parse(single.createdAt), Date.parse(single.startedAt!)];
    const meanwhile = (await startsOf('ann')).filter((at) => at > from && at < to);
    // Each place may have been given to one more before it was asked for.
    expect(meanwhile.length).toBeLessThanOrEqual(PLACES);
  });
});
