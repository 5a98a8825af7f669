import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole, textOf } from './support/frames.js';
import { send } from './support/http.js';
import { keepersWithMark, markOf } from './support/processes.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

/** What 200 at once make of the event loop of a busy machine is no overload here. */
const ENV = { STEWARD_WORKER_CONCURRENCY: '4', STEWARD_OVERLOAD_LOOP_MS: '0' };

/** Many at once: as many work as may, everybody gets a turn, nothing mixes. */
describe('runs at once', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer({ cold: true, env: ENV }, (standing) => ({ api, server } = standing));

  /** Sessions that have agent processes now. */
  async function working(): Promise<number> {
    const keepers = await keepersWithMark(`${server.dataDir}#`);
    const marks = await Promise.all(keepers.map(async (pid) => /#(\S+)/.exec(await markOf(pid))?.[1]));
    return new Set(marks.filter(Boolean)).size;
  }

  it('ten runs with room for four: never more, all complete, each in order', async () => {
    const runs = await Promise.all(
      Array.from({ length: 10 }, (_none, index) => server.client().submit({ prompt: `[[say I am ${index} chunk=1]]` })),
    );
    let most = 0;
    let mostTold = 0;
    const done = new AbortController();
    const watch = (async () => {
      while (!done.signal.aborted) {
        most = Math.max(most, await working());
        const { text } = await send(server.url, '/api/v1/claude/health');
        mostTold = Math.max(mostTold, (JSON.parse(text) as { runs: { running: number } }).runs.running);
      }
    })();
    const all = await Promise.all(runs.map(({ id }) => collect(server.client().follow(id))));
    done.abort();
    await watch;
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    expect(mostTold).toBeGreaterThan(1);
    expect(mostTold).toBeLessThanOrEqual(4);
    for (const [index, frames] of all.entries()) {
      expectWhole(frames);
      expect(frames.every((frame) => frame.runId === runs[index]!.id)).toBe(true);
      expect(textOf(frames)).toBe(`I am ${index} chunk=1`);
      expect(frames.at(-1)?.type).toBe('run.completed');
    }
  });

  it('200 submissions at once: all accepted, all cancellable, none begun twice', async () => {
    const runs = await Promise.all(
      Array.from({ length: 200 }, () => server.client().submit({ prompt: '[[text n=3000 delay=20]]' })),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(200);
    const firstPage = await server.client().runs({ limit: 150 });
    expect(firstPage.data).toHaveLength(150);
    const secondPage = await server.client().runs({ limit: 150, cursor: firstPage.nextCursor! });
    const listed = [...firstPage.data, ...secondPage.data].map(({ id }) => id);
    expect(listed).toEqual(listed.toSorted().toReversed());
    expect(runs.every(({ id }) => listed.includes(id))).toBe(true);
    await Promise.all(runs.toReversed().map(({ id }) => server.client().cancel(id)));
    const ended = await Promise.all(runs.map(({ id }) => collect(server.client().follow(id))));
    for (const frames of ended) {
      expectWhole(frames);
      expect(frames.at(-1)?.type).toBe('run.cancelled');
    }
    expect(ended.flat().filter((frame) => frame.type === 'run.started' && frame.data['attempt'] !== 1)).toEqual([]);
    await expect.poll(() => server.agentProcesses(), { timeout: 5000 }).toEqual([]);
  });

  it('closing a session ends what runs and waits in it, and removes all of it', async () => {
    const { id: sessionId } = await server.client().createSession({ for: 'closing' });
    const running = await server.client().submit({ prompt: '[[bash setsid sleep 300]]', sessionId });
    const waiting = await server.client().submit({ prompt: '[[say never]]', sessionId });
    await expect.poll(async () => (await server.agentProcesses()).length, { timeout: 10_000 }).toBeGreaterThan(4);
    expect(await server.client().closeSession(sessionId)).toMatchObject({ id: sessionId, state: 'closed' });
    for (const { id } of [running, waiting]) {
      const frames = await collect(server.client().follow(id));
      expectWhole(frames);
      expect(frames.at(-1)?.type).toBe('run.cancelled');
    }
    expect(await server.agentProcesses()).toEqual([]);
    const gone = { code: 'session.not_found' };
    await expect(server.client().session(sessionId)).rejects.toMatchObject(gone);
    await expect(server.client().submit({ prompt: 'x', sessionId })).rejects.toMatchObject(gone);
    await expect(server.client().closeSession(sessionId)).rejects.toMatchObject(gone);
  });

  it('a full queue refuses, and leaves no session behind', async () => {
    await using small = await ServerProcess.start({
      modelUrl: api.url,
      cold: true,
      env: { STEWARD_WORKER_CONCURRENCY: '1', STEWARD_QUEUE_MAX_WAITING: '2', STEWARD_SHUTDOWN_GRACE_MS: '0' },
    });
    const busy = await small.client().submit({ prompt: '[[hang headers]]' });
    await expect.poll(async () => (await small.client().run(busy.id)).state, { timeout: 5000 }).toBe('running');
    for (let count = 0; count < 2; count += 1) await small.client().submit({ prompt: '[[say x]]' });
    const body = { prompt: '[[say x]]' };
    const refused = await send(small.url, '/api/v1/claude/execute/async', { method: 'POST', body });
    expect(refused).toMatchObject({ status: 429, problem: { code: 'queue.full', retryable: true } });
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await small.client().sessions()).data).toHaveLength(3);
  });
});
