import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usersOf } from './connection-users.js';

describe.runIf(existsSync('/proc/net/tcp'))('users of a connection', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => void server.close());

  async function connected(): Promise<{ client: Socket; accepted: Socket }> {
    const accepting = once(server, 'connection') as Promise<[Socket]>;
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = await accepting;
    return { client, accepted };
  }

  it('are those who hold its other end', async () => {
    const { client, accepted } = await connected();
    expect(usersOf(accepted)).toEqual([process.geteuid!()]);
    client.destroy();
    accepted.destroy();
  });

  it('are nobody when the other end was closed, whatever was sent before', async () => {
    const { client, accepted } = await connected();
    client.end('DELETE / HTTP/1.1\r\n\r\n');
    client.destroy();
    await once(client, 'close');
    expect(usersOf(accepted)).toEqual([]);
    accepted.destroy();
  });

  it('are nobody of a connection that there is not', () => {
    expect(usersOf({ remotePort: 1, localPort: 2 })).toEqual([]);
    expect(usersOf({ remotePort: undefined, localPort: undefined })).toEqual([]);
  });
});
