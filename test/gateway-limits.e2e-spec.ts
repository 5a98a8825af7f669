import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKey, newKey } from '@steward/identity';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvents, readEvents } from './support/event-reader.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const API = '/api/v1/claude';

/** What one client may do to a server, and how long it may stay. */
describe('connections', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-keys-'));
  const [ann, bob] = [newKey(), newKey()];
  const row = (user: string, key: string) => `${user}:acme:user:${hashKey(key)}`;
  const keys = join(folder, 'keys');
  let server: ServerProcess;

  beforeAll(() => {
    writeFileSync(keys, `${row('ann', ann)}\n${row('bob', bob)}\n`);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  withServer(
    {
      env: {
        STEWARD_API_KEYS_FILE: keys,
        STEWARD_MAX_CONNECTIONS: '8',
        STEWARD_MAX_CONNECTIONS_PER_PRINCIPAL: '5',
        STEWARD_SOCKET_MESSAGES_PER_SECOND: '20',
        STEWARD_SOCKET_PING_MS: '1000',
      },
    },
    (standing) => ({ server } = standing),
  );

  const auth = (key: string) => ({ authorization: `Bearer ${key}` });
  const connect = async (token: string) => {
    const client = new SocketClient(server.url, { token });
    return { client, refusal: await client.connected() };
  };

  it('are bounded for each principal and in all, sockets and event streams together, and count no longer when they end', async () => {
    const held = [];
    for (let n = 0; n < 4; n += 1) held.push(await connect(ann));
    expect(held.map(({ refusal }) => refusal)).toEqual([null, null, null, null]);
    const stream = await openEvents(`${server.url}${API}/events`, auth(ann));
    expect(stream.statusCode).toBe(200);
    expect((await connect(ann)).refusal).toMatchObject({ code: 'stream.too_many_connections', details: { limit: 5 } });
    const refused = await send(server.url, `${API}/events`, { headers: auth(ann) });
    expect(refused).toMatchObject({ status: 429, problem: { code: 'stream.too_many_connections' } });
    expect(refused.headers['retry-after']).toBeDefined();
    const others = [await connect(bob), await connect(bob), await connect(bob)];
    expect(others.map(({ refusal }) => refusal)).toEqual([null, null, null]);
    expect((await connect(bob)).refusal).toMatchObject({ details: { limit: 8 } });
    stream.destroy();
    held[0]!.client.close();
    await expect
      .poll(async () => {
        const { client, refusal } = await connect(bob);
        client.close();
        return refusal;
      })
      .toBeNull();
    for (const { client } of [...held, ...others]) client.close();
  });

  it('carry so many messages a second; what is above is refused, and who goes on is closed', async () => {
    const { client } = await connect(ann);
    const asked = await Promise.all(Array.from({ length: 40 }, () => client.ask('claude:status', { id: 'none' })));
    const codes = asked.map(({ error }) => error.code);
    expect(codes.filter((code) => code === 'run.not_found').length).toBeGreaterThanOrEqual(20);
    const refusals = asked.filter(({ error }) => error.code === 'request.too_many');
    expect(refusals.length).toBeGreaterThan(10);
    expect(refusals[0]!.error).toMatchObject({ retryable: true, details: { perSecond: 20 } });
    expect(Number(refusals[0]!.error.details['retryAfterMs'])).toBeGreaterThan(0);
    const closed = new Promise<string>((done) => client.socket.once('disconnect', done));
    for (let n = 0; n < 500; n += 1) client.tell('claude:status', { id: 'none' });
    expect(await closed).toMatch(/disconnect|transport/);
    client.close();
  });

  it('are cleaned up when their client is as good as dead', async () => {
    const open = async () =>
      Number(/^steward_connections (\S+)/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]);
    await expect.poll(open).toBe(0);
    const program = `
      const { io } = await import('socket.io-client');
      const socket = io('${server.url}/claude', { transports: ['websocket'], auth: { token: '${ann}' } });
      socket.on('connect', () => console.log('in'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      expect(await open()).toBe(1);
      // Its kernel goes on to answer for it; only the silence of the program tells.
      child.kill('SIGSTOP');
      await expect.poll(open, { timeout: 10_000 }).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  }, 30_000);

  it('are dropped when nobody says who they are', async () => {
    // Engine.IO lets everybody connect; the namespace does not.
    const socket = io(server.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      autoConnect: false,
    });
    const closed = new Promise<string>((done) => socket.io.once('close', done));
    socket.io.open();
    expect(await closed).toMatch(/close|error/);
  }, 30_000);

  it('end when their key is taken away, streams and sockets alike; others stay, and broken files change nothing', async () => {
    const { client } = await connect(ann);
    const other = await connect(bob);
    const told: unknown[] = [];
    client.socket.on('claude:error', (payload) => told.push(payload));
    const closed = new Promise<string>((done) => client.socket.once('disconnect', done));
    const stream = readEvents(await openEvents(`${server.url}${API}/events`, auth(ann)));
    writeFileSync(keys, 'garbage');
    await expect.poll(() => server.output(), { timeout: 10_000 }).toMatch(/the ones before stay/);
    expect((await send(server.url, `${API}/processes`, { headers: auth(ann) })).status).toBe(200);
    writeFileSync(keys, `${row('bob', bob)}\n`);
    expect(await closed).toBe('io server disconnect');
    expect(told).toMatchObject([{ id: null, error: { code: 'auth.revoked', status: 401 } }]);
    await stream;
    expect((await send(server.url, `${API}/processes`, { headers: auth(ann) })).status).toBe(401);
    expect((await connect(ann)).refusal).toMatchObject({ code: 'auth.required' });
    expect(other.client.socket.connected).toBe(true);
    expect((await send(server.url, `${API}/processes`, { headers: auth(bob) })).status).toBe(200);
    // Without any key left it is nobody's server, and not everybody's.
    writeFileSync(keys, '');
    await expect
      .poll(
        async () =>
          (await send(server.url, `${API}/processes`)).status +
          (await send(server.url, `${API}/processes`, { headers: auth(bob) })).status,
        { timeout: 10_000 },
      )
      .toBe(802);
    other.client.close();
  });
});
