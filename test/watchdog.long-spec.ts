import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame } from '@steward/client';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { openApprovals } from './support/approving.js';
import { Cluster } from './support/cluster.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const TIMEOUT_MS = 120_000;
const ASKS = { allowedTools: ['Read'], approvals: 'ask' } as const;
const isDelta = ({ type }: Frame): boolean => type === 'text.delta';

interface Progress {
  readonly activity: string;
  readonly text: string;
  readonly tool?: string;
  readonly elapsedMs?: number;
}
const progressOf = (frames: readonly Frame[]): Progress[] =>
  frames.flatMap(({ type, data }) => (type === 'run.progress' ? [data as Progress] : []));

describe('why a run is quiet', () => {
  let server: ServerProcess;
  withServer(
    {
      env: {
        STEWARD_WORKER_CONCURRENCY: '1',
        STEWARD_QUIET_MS: '400',
        STEWARD_API_MAX_RETRIES: '3',
      },
    },
    (standing) => ({ server } = standing),
  );

  const activity = (id: string) => async () => (await server.client().run(id)).activity;

  it.each([
    ['a tool runs', '[[bash sleep 60]]', { what: 'tool', text: 'Bash runs.', until: null }],
    ['the model is waited for', '[[slow first=60000]] [[say x]]', { what: 'requesting' }],
    ['the model thinks', '[[reply [[think n=500 delay=100]] [[say x]]]]', { what: 'thinking' }],
    ['the model writes', '[[text n=500 delay=100]]', { what: 'answering' }],
    ['a request is repeated later', '[[error 429 retry-after=50]] [[say x]]', { what: 'api_retry' }],
  ])('is known while %s', async (_name, prompt, found) => {
    const { id } = await server.client().submit({ prompt });
    await expect.poll(activity(id), { timeout: 30_000, interval: 100 }).toMatchObject(found);
    const { since } = (await activity(id)())!;
    expect(Date.now() - Date.parse(since)).toBeLessThan(60_000);
    const socket = new SocketClient(server.url);
    const answer = await socket.ask('claude:status', { id });
    socket.close();
    expect(answer.run.activity).toMatchObject(found);
    await server.client().cancel(id);
    await collect(server.client().follow(id));
    expect(await activity(id)()).toBeNull();
  });

  it('is known while it waits, for its turn and for people', async () => {
    const first = await server.client().submit({ prompt: '[[write made | x]] [[say x]]', ...ASKS });
    await openApprovals(server.client(), first.id);
    await expect.poll(activity(first.id), { timeout: 30_000 }).toMatchObject({ what: 'approval' });
    const next = await server.client().submit({ prompt: '[[say x]]' });
    expect(next.activity).toMatchObject({ what: 'queued' });
    await server.client().cancel(next.id);
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await server.client().submit({ prompt: 'x', startAt });
    expect(later.activity).toMatchObject({ what: 'start_at', until: startAt });
    for (const { id } of [later, first]) await server.client().cancel(id);
  });

  it('is told to readers, again and again', async () => {
    const { id } = await server.client().submit({ prompt: '[[bash sleep 5]] [[say done]]' });
    const frames = await collect(server.client().follow(id));
    const told = progressOf(frames).filter(
      ({ activity: what, elapsedMs }) => what === 'tool' && elapsedMs !== undefined,
    );
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.at(-1)).toMatchObject({
      tool: 'Bash',
      text: expect.stringMatching(/^Bash runs \(for \d+ s\)\.$/) as string,
    });
    const times = told.map(({ elapsedMs }) => elapsedMs!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // Fewer and fewer: 0.4, 0.8, 1.6, 3.2 seconds.
    expect(told.length).toBeLessThanOrEqual(6);
  });
});

describe('what is between a worker and its run', () => {
  it('is told: a Redis that is away, and a session that another holds', { timeout: TIMEOUT_MS }, async () => {
    await using cluster = await Cluster.start(1, {
      // Who has ended keeps no session.
      STEWARD_HOT_PROCESSES: '0',
      STEWARD_SESSION_LEASE_MS: '20000',
      STEWARD_RENEW_DEADLINE_MS: '15000',
    });
    const { id, sessionId } = await cluster.client.submit({ prompt: '[[text n=500 delay=20]]' });
    const { whole } = await followUntil(cluster.client, id, isDelta);
    cluster.redis.signal('SIGSTOP');
    await delay(5000);
    cluster.redis.signal('SIGCONT');
    const told = progressOf(await whole).map(({ activity }) => activity);
    expect(told).toContain('redis');
    // Somebody has it who will not let go.
    const redis = new Redis(cluster.redis.url);
    try {
      await expect
        .poll(() => redis.set(`steward:session-lease:${sessionId}`, 'somebody', 'PX', 15_000, 'NX'))
        .toBe('OK');
      const next = await cluster.client.submit({ prompt: '[[say on]]', sessionId });
      const what = async () => (await cluster.client.run(next.id)).activity?.what;
      await expect.poll(what, { timeout: 20_000 }).toBe('lease');
      await redis.del(`steward:session-lease:${sessionId}`);
      await collect(cluster.client.follow(next.id));
    } finally {
      redis.disconnect();
    }
  });

  it('is told: other processes that start first', { timeout: TIMEOUT_MS }, async () => {
    await using server = await ServerProcess.start({
      modelUrl: 'http://127.0.0.1:1',
      cold: true,
      env: {
        CLAUDE_CLI_PATH: resolve('test/fixtures/silent_cli.sh'),
        STEWARD_CLI_START_TIMEOUT_MS: '20000',
        STEWARD_STARTS_AT_ONCE: '1',
      },
    });
    const runs = await Promise.all([1, 2, 3].map(() => server.client().submit({ prompt: 'x' })));
    const waiting = async () =>
      Number(/^steward_agent_starts_waiting (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]);
    await expect.poll(waiting, { timeout: 20_000 }).toBe(2);
    for (const { id } of runs) expect((await server.client().run(id)).activity).toMatchObject({ what: 'starting' });
    // Who gives up makes room, also who has not begun.
    for (const { id } of runs) await server.client().cancel(id);
    await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
    await expect.poll(() => server.agentProcesses(), { timeout: 20_000 }).toEqual([]);
  });
});

describe('a CLI that never goes on', () => {
  it('costs the run its attempts, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
    await using server = await ServerProcess.start({
      modelUrl: 'http://127.0.0.1:1',
      cold: true,
      env: { CLAUDE_CLI_PATH: resolve('test/fixtures/odd_cli.py'), STEWARD_WEDGED_MS: '5000', STEWARD_QUIET_MS: '300' },
    });
    const { id } = await server.client().submit({ prompt: 'deaf' });
    const frames = await collect(server.client().follow(id));
    expect(progressOf(frames).map(({ activity }) => activity)).toContain('silent');
    const error = { code: 'cli.wedged', retryable: true, details: { tools: [] } };
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error } });
    expect(await fetch(`${server.url}/metrics`).then((answer) => answer.text())).toMatch(/steward_runs_wedged_total 1/);
    await expect.poll(() => server.agentProcesses(), { timeout: 20_000 }).toEqual([]);
  });
});
