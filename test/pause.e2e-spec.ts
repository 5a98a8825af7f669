import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** The dead man's switch: a server that only stands still for a while keeps its agents, and its sessions. */
describe('a server that stands still', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  it('in the middle of a stream, when its lease would be renewed: the run goes on, and every delta arrives', async () => {
    const run = await server.client().submit({ prompt: '[[text n=120 delay=50]]' });
    const deltas: unknown[] = [];
    for await (const frame of server.client().follow(run.id)) {
      if (frame.type !== 'text.delta') continue;
      deltas.push(frame.data['text']);
      // A second and more of ten: a third is over while it stands still, and more than half when it goes on.
      if (deltas.length !== 20) continue;
      process.kill(server.pid, 'SIGSTOP');
      await delay(4200);
      process.kill(server.pid, 'SIGCONT');
    }
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'completed', attempts: 1, error: null });
    expect(deltas.join('')).toBe(ended.result?.text);
  });
});
