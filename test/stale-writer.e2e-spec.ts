import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readEvents, TextByHand } from './support/event-reader.js';
import { type ServerProcess } from './support/server.process.js';
import { type StartServer, withServers } from './support/servers.fixture.js';

/** A worker that was only slow finds its run taken: what it still has to say does not get into the log. */
describe('a writer of an old epoch', () => {
  let start: StartServer;
  let front: ServerProcess;
  const workers: ServerProcess[] = [];

  withServers({ STEWARD_SESSION_LEASE_MS: '9000', STEWARD_RENEW_DEADLINE_MS: '3000' }, async (another) => {
    start = another;
    [front, workers[0]] = [await start('api'), await start('worker')];
  });

  it('cannot append: the other worker ends the run once, and nothing follows that', async () => {
    const { id } = await front.client().submit({ prompt: '[[text n=3000 delay=10]]' });
    const events = `${front.url}/api/v1/claude/processes/${id}/events`;
    const reading = readEvents(events);
    await expect.poll(async () => (await front.client().run(id)).lastSeq, { timeout: 20_000 }).toBeGreaterThan(50);
    workers[1] = await start('worker');
    // Frozen in the middle of writing, with events on their way.
    workers[0]!.signal('SIGSTOP');
    await expect.poll(async () => (await front.client().run(id)).state, { timeout: 40_000 }).toBe('failed');
    const ended = await front.client().run(id);
    expect(ended.error?.code).toBe('worker.lost');
    workers[0]!.signal('SIGCONT');
    await expect.poll(() => workers[0]!.output(), { timeout: 15_000 }).toMatch(/lost its run|could not be written/);
    await delay(2000);
    expect(await front.client().run(id)).toEqual(ended);
    for (const seen of [await reading, await readEvents(events)]) {
      const reader = new TextByHand().add(seen);
      expect([reader.faults, reader.ends, reader.position]).toEqual([[], ['run.failed'], ended.lastSeq]);
    }
    // Both go on to work.
    expect((await front.client().execute({ prompt: '[[say on]]' })).result?.text).toBe('on');
  }, 120_000);
});
