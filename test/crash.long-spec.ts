import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { expectWhole } from './support/frames.js';
import { keepersWithMark, processesWithMark } from './support/processes.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

/** Short, so that a test need not wait for what a production system leaves time for. */
const env = { STEWARD_SESSION_LEASE_MS: '5000', STEWARD_RENEW_DEADLINE_MS: '1500' };
const isDelta = ({ type }: { type: string }): boolean => type === 'text.delta';
const isTool = ({ type }: { type: string }): boolean => type === 'tool.started';

/** kill -9 of each of them: nothing goes on without an owner, and every accepted run ends, once. */
describe('sudden deaths', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer({ cold: true, env }, (standing) => ({ api, server } = standing));

  async function expectUsable(of: ServerProcess, sessionId: string): Promise<void> {
    const next = await of.client().execute({ prompt: '[[say alive]]', sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'alive' } });
  }

  it('of the CLI: the run fails at once, its session goes on', async () => {
    const run = await server.client().submit({ prompt: '[[text n=2000 delay=20]]' });
    const { whole } = await followUntil(server.client(), run.id, isDelta);
    const [cli] = await processesWithMark(server.dataDir);
    process.kill(cli!, 'SIGKILL');
    const frames = await whole;
    expectWhole(frames);
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code: 'cli.crashed' } } });
    expect(await server.agentProcesses()).toEqual([]);
    await expectUsable(server, run.sessionId);
  });

  it('of a supervisor, and of both keepers: no process is left', async () => {
    for (const count of [1, 2]) {
      const run = await server.client().submit({ prompt: '[[bash setsid sleep 300]] [[say never]]' });
      const { whole } = await followUntil(server.client(), run.id, isTool);
      const keepers = await keepersWithMark(`${server.dataDir}#`);
      expect(keepers).toHaveLength(2);
      for (const pid of keepers.slice(-count)) process.kill(pid, 'SIGKILL');
      const frames = await whole;
      expectWhole(frames);
      expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code: 'cli.crashed' } } });
      await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
      await expectUsable(server, run.sessionId);
    }
  });

  it.each([
    ['while the model streams', 'remember indigo [[text n=4000 delay=20]]', isDelta],
    ['while Bash works', 'remember indigo [[bash setsid sleep 300 & sleep 301]] [[say never]]', isTool],
  ])('of the server %s: nothing is left, and the run ends after the next start', async (_name, prompt, wanted) => {
    await using first = await ServerProcess.start({ modelUrl: api.url, cold: true, env });
    const run = await first.client().submit({ prompt });
    const behind = await first.client().submit({ prompt: '[[say after all]]', sessionId: run.sessionId });
    const { whole } = await followUntil(first.client(), run.id, wanted);
    const cut = whole.catch(() => []);
    await first.stop('SIGKILL');
    await cut;
    await expect
      .poll(async () => [...(await first.agentProcesses()), ...(await first.helpers())], { timeout: 3000 })
      .toEqual([]);

    const again = await ServerProcess.start({ modelUrl: api.url, cold: true, dataDir: first.dataDir, env });
    try {
      const frames = await collect(again.client().follow(run.id));
      expectWhole(frames);
      expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code: 'worker.lost' } } });
      const late = await collect(again.client().follow(behind.id));
      expectWhole(late);
      expect(late.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { text: 'after all' } } });
      const request = api.journal.findLast((entry) => entry.prompt.includes('after all'));
      expect(JSON.stringify(request?.body?.messages)).toContain('remember indigo');
    } finally {
      await again.stop();
    }
  });

  it('of the server at any moment of a run, again and again: every accepted run ends once', async () => {
    await using first = await ServerProcess.start({ modelUrl: api.url, cold: true, env });
    let current = first;
    const accepted = [];
    for (const waitMs of [0, 120, 350, 700, 1000]) {
      const prompts = ['[[text n=40 delay=10]]', '[[bash sleep 0.2; echo x]] [[say y]]', '[[say z]]'];
      accepted.push(...(await Promise.all(prompts.map((prompt) => current.client().submit({ prompt })))));
      await delay(waitMs);
      await current.stop('SIGKILL');
      current = await ServerProcess.start({ modelUrl: api.url, cold: true, dataDir: first.dataDir, env });
    }
    try {
      await Promise.all(
        accepted.map(async ({ id }) => {
          expectWhole(await collect(current.client().follow(id)));
          expect((await current.client().run(id)).state).toMatch(/completed|failed/);
        }),
      );
      await expect.poll(() => current.agentProcesses(), { timeout: 3000 }).toEqual([]);
    } finally {
      await current.stop();
    }
  });
});
