import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const isDelta = ({ type }: { type: string }): boolean => type === 'text.delta';
const isTool = ({ type }: { type: string }): boolean => type === 'tool.started';

/** The server is asked to end while it works: nothing new, the running ends or is ended, nobody stays behind. */
describe('shutdown', () => {
  let api: MessagesApi;

  beforeAll(async () => {
    api = await startMessagesApi();
  });
  afterAll(() => api.close());

  it.each(['SIGTERM', 'SIGINT'] as const)('%s lets running work end, and refuses new work with 503', async (signal) => {
    await using server = await ServerProcess.start({ modelUrl: api.url });
    const run = await server.client().submit({ prompt: '[[text n=80 delay=25]]' });
    const { whole } = await followUntil(server.client(), run.id, isDelta);
    server.signal(signal);
    const refused = async () =>
      send(server.url, '/api/v1/claude/execute/async', { method: 'POST', body: { prompt: 'x' } });
    await expect.poll(async () => (await refused()).status, { interval: 20 }).toBe(503);
    const answer = await refused();
    expect(answer.problem).toMatchObject({ code: 'queue.draining', retryable: true });
    expect(answer.headers['retry-after']).toBeDefined();
    expect((await send(server.url, '/health/ready')).status).toBe(503);
    expect((await send(server.url, '/health/live')).status).toBe(200);
    const frames = await whole;
    expectWhole(frames);
    expect(frames.at(-1)?.type).toBe('run.completed');
    expect(await server.ended()).toBe(0);
    expect(await server.agentProcesses()).toEqual([]);
    expect(await server.helpers()).toEqual([]);
  });

  it('what is not done within the grace period goes on after the next start', async () => {
    await using server = await ServerProcess.start({
      modelUrl: api.url,
      env: { STEWARD_SHUTDOWN_GRACE_MS: '300', STEWARD_WORKER_CONCURRENCY: '1' },
    });
    const run = await server.client().submit({ prompt: 'remember teal [[bash setsid sleep 300]]' });
    const waiting = await server.client().submit({ prompt: '[[say my turn came]]' });
    const { whole } = await followUntil(server.client(), run.id, isTool);
    const left = whole.catch((error: Error) => error);
    const asked = performance.now();
    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
    expect(await left).toBeInstanceOf(Error);
    expect(performance.now() - asked).toBeLessThan(6000);
    expect(await server.agentProcesses()).toEqual([]);
    expect(await server.helpers()).toEqual([]);

    const again = await ServerProcess.start({ modelUrl: api.url, dataDir: server.dataDir });
    try {
      const frames = await collect(again.client().follow(run.id));
      expectWhole(frames);
      expect(frames.at(-1)).toMatchObject({ type: 'run.completed' });
      expect(frames.some(({ type }) => type === 'run.resumed')).toBe(true);
      const late = await collect(again.client().follow(waiting.id));
      expect(late.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { text: 'my turn came' } } });
      const next = await again.client().execute({ prompt: '[[say on]]', sessionId: run.sessionId });
      expect(next.result?.text).toBe('on');
      const request = api.journal.findLast((entry) => entry.prompt.includes('say on'));
      expect(JSON.stringify(request?.body?.messages)).toContain('remember teal');
    } finally {
      await again.stop();
    }
  });
});
