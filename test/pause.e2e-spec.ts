import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** The dead man's switch: a server that only stands still for a while keeps its agents. */
describe('a server that stands still', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  it('for three seconds, in the middle of a stream: the run goes on, and every delta arrives', async () => {
    const run = await server.client().submit({ prompt: '[[text n=100 delay=50]]' });
    const deltas: unknown[] = [];
    for await (const frame of server.client().follow(run.id)) {
      if (frame.type !== 'text.delta') continue;
      deltas.push(frame.data['text']);
      if (deltas.length !== 5) continue;
      process.kill(server.pid, 'SIGSTOP');
      await delay(3000);
      process.kill(server.pid, 'SIGCONT');
    }
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'completed', attempts: 1 });
    expect(deltas.join('')).toBe(ended.result?.text);
  });
});
