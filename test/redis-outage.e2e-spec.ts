import { describe, expect, it } from 'vitest';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

/** Redis goes away under the server: it says so at once, loses nothing, and goes on when Redis is back. */
describe('Redis away', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  const submit = () =>
    send(server.url, '/api/v1/claude/execute/async', { method: 'POST', body: { prompt: '[[say x]]' } });

  it('a private Redis that was killed is started again with its data, under a run that notices nothing', async () => {
    const kept = await server.client().execute({ prompt: '[[say kept]]' });
    const socket = new SocketClient(server.url);
    const { id } = await socket.ask('claude:execute', { prompt: '[[text n=150 delay=20]]' });
    await expect.poll(() => socket.framesOf(id).length, { timeout: 10_000, interval: 10 }).toBeGreaterThan(10);
    const pid = await server.redisPid();
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await send(server.url, '/health/ready')).status, { timeout: 10_000 }).toBe(200);
    expect(await server.redisPid()).not.toBe(pid);
    const { payload } = await socket.end(id, 30_000);
    expect(payload).toMatchObject({ type: 'run.completed', run: { state: 'completed' } });
    expectWhole(socket.framesOf(id));
    socket.close();
    expect(await server.client().run(kept.id)).toEqual(kept);
    expect(await server.client().execute({ prompt: '[[say new]]' })).toMatchObject({ result: { text: 'new' } });
  });

  it('a Redis that does not answer is told with 503 in time, and nothing is lost', async () => {
    const pid = await server.redisPid();
    process.kill(pid, 'SIGSTOP');
    try {
      const asked = performance.now();
      const refused = await submit();
      expect(performance.now() - asked).toBeLessThan(6000);
      expect(refused).toMatchObject({ status: 503, problem: { code: 'queue.unavailable', retryable: true } });
      expect((await send(server.url, '/health/live')).status).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expect.poll(async () => (await submit()).status, { timeout: 10_000 }).toBe(202);
    expect(await server.client().execute({ prompt: '[[say back]]' })).toMatchObject({ result: { text: 'back' } });
  });

  it('the server ends cleanly afterwards', async () => {
    expect(await server.stop()).toBe(0);
    expect(await server.helpers()).toEqual([]);
  });
});
