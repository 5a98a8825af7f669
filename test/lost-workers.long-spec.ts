import { type Frame } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { followUntil } from './support/follow.js';
import { type ServerProcess } from './support/server.process.js';
import { type StartServer, withServers } from './support/servers.fixture.js';

/** What issue and docs promise, with the settings as they are when nobody sets any. */
const FOUND_WITHIN_MS = 30_000;
const TIMEOUT_MS = 180_000;

/** How long nobody knows that a worker is gone. */
describe('a lost worker', () => {
  let start: StartServer;
  let front: ServerProcess;

  withServers({ STEWARD_RUN_ATTEMPTS: '3' }, async (another) => {
    start = another;
    front = await start('api');
  });

  /** Milliseconds from the loss to the moment in which another one has begun, by the run's own events. */
  async function foundAfterMs(lose: (worker: ServerProcess) => unknown): Promise<number> {
    const lost = await start('worker');
    const { id } = await front.client().submit({ prompt: '[[text n=6000 delay=20]]' });
    await followUntil(front.client(), id, ({ type }) => type === 'text.delta');
    const other = await start('worker');
    const isSecond = (frame: Frame) => frame.type === 'run.started' && frame.data.attempt === 2;
    const lostAt = Date.now();
    await lose(lost);
    let at = Infinity;
    for await (const frame of front.client().follow(id))
      if ('seq' in frame && isSecond(frame)) {
        at = Date.parse(frame.at);
        break;
      }
    await front.client().cancel(id);
    lost.signal('SIGCONT');
    await Promise.all([lost.stop(), other.stop()]);
    return at - lostAt;
  }

  it('that is dead is found within 30 s', { timeout: TIMEOUT_MS }, async () => {
    expect(await foundAfterMs((worker) => worker.stop('SIGKILL'))).toBeLessThan(FOUND_WITHIN_MS);
  });

  it('that is stuck is found within 30 s', { timeout: TIMEOUT_MS }, async () => {
    expect(await foundAfterMs((worker) => worker.signal('SIGSTOP'))).toBeLessThan(FOUND_WITHIN_MS);
  });
});
