import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { usersOf } from '@steward/host';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refuseAgents } from './agent-connections.js';

// The kernel cannot be made to fail a single read.
vi.mock('@steward/host', () => ({ usersOf: vi.fn() }));

const AGENTS = { first: 700_000, count: 10 };

/** What becomes of a connection whose other end these hold. */
async function met(users: readonly number[] | NodeJS.ErrnoException): Promise<'served' | 'closed'> {
  vi.mocked(usersOf).mockImplementation(() => {
    if (users instanceof Error) throw users;
    return users;
  });
  const server = createServer((_request, response) => response.end('served'));
  refuseAgents(server, AGENTS);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    let said = '';
    socket.on('data', (data: Buffer) => (said += data.toString())).on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await once(socket, 'close');
    return said.endsWith('served') ? 'served' : 'closed';
  } finally {
    socket.destroy();
    server.close();
  }
}

const failing = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

describe('a connection to a server that asks for no key', () => {
  afterEach(() => vi.clearAllMocks());

  it.each([
    ['of a person', [1000], 'served'],
    ['of an agent', [700_003], 'closed'],
    ['that may be one of either', [1000, 700_009], 'closed'],
    ['that nobody holds any more', [], 'closed'],
    ['on a host that tells no users', failing('ENOENT'), 'served'],
    ['whose user cannot be told for now', failing('EMFILE'), 'closed'],
  ] as const)('%s', async (_what, users, expected) => {
    expect(await met(users)).toBe(expected);
  });
});
