import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { ServerProcess } from './support/server.process.js';

/** The dead man's switch: a server that only stands still for a while keeps its agents. */
describe('a server that stands still', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    api = await startMessagesApi();
    server = await ServerProcess.start({ modelUrl: api.url });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
  });

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
