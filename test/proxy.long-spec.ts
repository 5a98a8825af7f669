import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { canSign, selfSigned } from './support/certificate.js';
import { ServerProcess } from './support/server.process.js';

/** A provider behind TLS that only a proxy can reach, as in many a company; the real CLI, the built server. */
describe.skipIf(!canSign())('the way to the provider through a proxy', () => {
  let api: MessagesApi;
  let tls: TcpServer;
  let proxy: Server;
  let folder: string;
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const portOf = (server: TcpServer) => (server.address() as AddressInfo).port;
  const listen = (server: TcpServer) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const joined = (one: Socket, other: Socket) => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  };

  beforeAll(async () => {
    api = await startMessagesApi();
    folder = mkdtempSync(join(tmpdir(), 'steward-proxy-'));
    const { port } = new URL(api.url);
    tls = createTlsServer(selfSigned(folder), (socket) => joined(socket, connect(Number(port), '127.0.0.1')));
    tls.on('tlsClientError', () => undefined);
    await listen(tls);
    proxy = createHttpServer((_request, response) => response.writeHead(405).end());
    proxy.on('connect', (request, socket: Socket, head: Buffer) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      const onward = connect(portOf(tls), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.write(head);
        joined(socket, onward);
      });
    });
    await listen(proxy);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of [tls, proxy]) await new Promise((resolve) => server.close(resolve));
    await api.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    api.reset();
    asked.length = 0;
  });

  const proxied = () => ({ HTTPS_PROXY: `http://ann:secret@127.0.0.1:${portOf(proxy)}` });
  const trusting = () => ({ NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') });
  const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`;

  it('every request goes through its tunnel, checked to the end of it, on connections that stay', async () => {
    // Nobody resolves this name but the proxy, which takes every tunnel to the provider.
    const env = { ...proxied(), ...trusting(), NO_PROXY: 'elsewhere.example' };
    await using server = await ServerProcess.start({ modelUrl: 'https://model.test:9', env });
    const run = await server.client().execute({ prompt: '[[bash ls]] [[text n=50]]' });
    expect(run).toMatchObject({ state: 'completed', metering: { requests: 2, failedRequests: 0 } });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThan(3);
    expect(new Set(asked)).toEqual(new Set([`model.test:9 ${basic}`]));
    expect(run.usage.outputTokens).toBe(api.served().usage.output_tokens);
  }, 60_000);

  it('a certificate that nobody vouches for is refused through a tunnel, too', async () => {
    await using server = await ServerProcess.start({
      modelUrl: 'https://model.test:9',
      env: { ...proxied(), NODE_TLS_REJECT_UNAUTHORIZED: '0', STEWARD_API_MAX_RETRIES: '0' },
    });
    const run = await server.client().execute({ prompt: '[[say x]]' });
    expect(run.state).toBe('failed');
    expect(run.metering?.failedRequests).toBe(run.metering?.requests);
    expect(asked.length).toBeGreaterThan(0);
    expect(api.journal).toEqual([]);
  }, 60_000);

  it('names that NO_PROXY lists, and loopback, are asked directly', async () => {
    const env = { ...proxied(), ...trusting(), NO_PROXY: '.test', STEWARD_API_MAX_RETRIES: '0' };
    await using hidden = await ServerProcess.start({ modelUrl: 'https://model.test:9', env });
    // It is no name of the network: without its proxy nobody finds it.
    expect(await hidden.client().execute({ prompt: '[[say x]]' })).toMatchObject({ state: 'failed' });
    await using near = await ServerProcess.start({ modelUrl: `https://127.0.0.1:${portOf(tls)}`, env });
    expect(await near.client().execute({ prompt: '[[say x]]' })).toMatchObject({ state: 'completed' });
    expect(asked).toEqual([]);
  }, 60_000);
});
