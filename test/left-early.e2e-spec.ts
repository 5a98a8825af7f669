import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { openRawSocket } from './support/raw-socket.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

/** Who is gone before the answer to them began, or came in by another door. */
describe('a client that leaves early', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  const gauges = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const of = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
    return { connections: of('steward_connections'), readers: of('steward_readers') };
  };
  const NONE = { connections: 0, readers: 0 };

  /** Redis answers again when `during` is over. */
  const whileRedisIsBusy = async (during: () => Promise<void>) => {
    const pid = await server.redisPid();
    process.kill(pid, 'SIGSTOP');
    try {
      await during();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it('of an event stream leaves no reader behind', async () => {
    await whileRedisIsBusy(async () => {
      const leaving = new AbortController();
      const asked = Array.from({ length: 10 }, () =>
        fetch(`${server.url}/api/v1/claude/events?after=end`, { signal: leaving.signal }).catch(() => undefined),
      );
      await delay(300);
      leaving.abort();
      await Promise.all(asked);
      await delay(100);
    });
    // The answer to a request that came later: those before it have begun by now.
    await fetch(`${server.url}/api/v1/claude/processes`);
    await expect.poll(gauges, { timeout: 10_000 }).toEqual(NONE);
  });

  it('of a socket leaves no reader behind', async () => {
    const clients = Array.from({ length: 5 }, () => new SocketClient(server.url));
    for (const client of clients) expect(await client.connected()).toBeNull();
    await whileRedisIsBusy(async () => {
      for (const client of clients) client.tell('claude:subscribe', { feed: true, after: 'end' });
      await delay(200);
      for (const client of clients) client.close();
      await expect.poll(async () => (await gauges())['connections'], { timeout: 10_000 }).toBe(0);
    });
    await fetch(`${server.url}/api/v1/claude/processes`);
    await expect.poll(gauges, { timeout: 10_000 }).toEqual(NONE);
  });

  it('is not counted for ever when its connection breaks while it is let in', async () => {
    for (let n = 0; n < 5; n += 1) {
      const socket = await openRawSocket(server.url);
      // The second is no packet at all, which ends the connection.
      socket.say('0/claude,', 'zzz');
      await socket.closed;
    }
    await expect.poll(gauges, { timeout: 10_000 }).toEqual(NONE);
  });

  it('of the namespace has its connection closed', async () => {
    const socket = await openRawSocket(server.url);
    socket.say('0/claude,');
    await expect.poll(() => socket.heard.some((word) => word.startsWith('0/claude,'))).toBe(true);
    socket.say('1/claude,');
    await socket.closed;
    await expect.poll(gauges, { timeout: 10_000 }).toEqual(NONE);
  });

  it('finds no door but the one where it is asked who it is', async () => {
    const socket = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true });
    const refusal = await new Promise((done) => {
      socket.once('connect', () => done('let in'));
      socket.once('connect_error', (error) => done((error as Error & { data?: unknown }).data));
    });
    expect(refusal).toMatchObject({ code: 'request.not_found' });
    socket.disconnect();
  });
});
