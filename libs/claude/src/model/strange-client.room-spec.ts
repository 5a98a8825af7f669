import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayBench, messagesBody } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const BODY = messagesBody('x');
const PACKED = gzipSync(BODY);
const ANSWER = '{"type":"message"}';
const FOREIGN_PATHS =
  '/ * //v1/messages /v1//messages /v1/messages/ /v1/./messages /v1/x/../messages /v1/%6dessages /V1/messages /v1/messages%3f ' +
  '/v1/messages;x /v1/messages#x /v1/messages\\..\\x /v1/messages/count_tokens/ /v1/messages/batches /v1/models /v1/files ' +
  '/api/oauth/usage http://example.com/v1/messages /v1/messages/../organizations';
/** The token of the run stands for this. */
const TOKEN = '<token>';

const head = (line: string, more: readonly string[] = []): string =>
  [line, 'Host: x', `x-api-key: ${TOKEN}`, ...more, '', ''].join('\r\n');
const post = (path: string, more: readonly string[] = [], body = BODY): string =>
  head(`POST ${path} HTTP/1.1`, [...more, `Content-Length: ${Buffer.byteLength(body)}`]) + body;

/** Whatever an agent's Bash can send with the token that it has, byte by byte. */
describe('the model gateway and a client that is no CLI', () => {
  let redis: RedisConnections;
  let bench: GatewayBench;
  let provider: Server;
  const seen: Seen[] = [];
  let isEarly = false;

  const answer: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    const done = (status: number) => {
      seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(status, { 'content-length': ANSWER.length }).end(ANSWER);
    };
    if (isEarly) {
      // As things in between do that have seen enough: the rest of the question is not even read.
      request.pause();
      request.socket.pause();
      response.once('finish', () => setTimeout(() => request.socket.destroy(), 50));
      return done(413);
    }
    request.on('data', (chunk: Buffer) => parts.push(chunk));
    request.once('end', () => done(200));
  };

  beforeAll(async () => {
    redis = await connectRedis();
    provider = createServer(answer);
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    bench = await GatewayBench.start(redis, `http://127.0.0.1:${(provider.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
    await redis.close();
  });
  beforeEach(() => {
    seen.length = 0;
    isEarly = false;
  });

  /** Writes this and reads until the gateway closes, or has given so many answers. */
  async function say(bytes: string, answers = 1): Promise<string> {
    const { url, token } = await bench.serve();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from(bytes.replaceAll(TOKEN, token), 'latin1'));
    let text = '';
    const whole = new Promise<void>((resolve) =>
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (text.split(/\}$|\}(?=HTTP)|417/).length > answers) resolve();
      }),
    );
    await Promise.race([once(socket, 'close'), whole]);
    socket.destroy();
    return text.replaceAll(token, TOKEN);
  }
  const statuses = (text: string) =>
    [...text.matchAll(/^HTTP\/1\.1 (\d+)|(?<=\})HTTP\/1\.1 (\d+)/gm)].map(([, a, b]) => Number(a ?? b));

  it.each(FOREIGN_PATHS.split(' '))('POST %s does not pass', async (path) => {
    expect(statuses(await say(post(path)))).toEqual([404]);
    expect(seen).toEqual([]);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])(
    '%s does not pass',
    async (method) => {
      expect(await say(head(`${method} /v1/messages HTTP/1.1`, ['Connection: close']))).toMatch(/^HTTP\/1\.1 404 /);
      expect(seen).toEqual([]);
    },
  );

  it.each([
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'a length and chunks',
      `${head('POST /v1/messages HTTP/1.1', ['Content-Length: 5', 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
    ],
    ['two lengths', `${head('POST /v1/messages HTTP/1.1', ['Content-Length: 5', 'Content-Length: 6'])}hello!`],
    ['no host', post('/v1/messages').replace('Host: x\r\n', '')],
    ['headers without end', post('/v1/messages', [`x-big: ${'y'.repeat(60_000)}`])],
    [
      'headers without number',
      post(
        '/v1/messages',
        Array.from({ length: 3000 }, (_, n) => `a${n}: 1`),
      ),
    ],
  ])('%s: nothing passes, and the connection ends', async (_what, bytes) => {
    expect(await say(bytes, Infinity)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    expect(seen).toEqual([]);
  });

  it.each([
    ['two tokens', post('/v1/messages', ['x-api-key: other'])],
    ['the name of something else', post('/v1/messages').replace(TOKEN, '__proto__')],
    ['no token', post('/v1/messages').replace(`x-api-key: ${TOKEN}\r\n`, '')],
  ])('%s: refused', async (_what, bytes) => {
    expect(statuses(await say(bytes))).toEqual([403]);
    expect(seen).toEqual([]);
  });

  it.each([
    ['a query', post('/v1/messages?beta=true&a=%2e%2e/x')],
    ['the token as a bearer', post('/v1/messages').replace('x-api-key:', 'Authorization: Bearer')],
    ['an upgrade', post('/v1/messages', ['Connection: Upgrade', 'Upgrade: websocket'])],
    [
      'chunks',
      `${head('POST /v1/messages HTTP/1.1', ['Transfer-Encoding: chunked'])}${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    ],
    ['a second host', post('/v1/messages', ['Host: evil'])],
    ['an old version', post('/v1/messages').replace('HTTP/1.1', 'HTTP/1.0')],
    [
      'headers of this connection',
      post('/v1/messages', [
        'Connection: x-a, close',
        'x-a: 1',
        'Keep-Alive: 5',
        'TE: trailers',
        'Trailer: x',
        'Proxy-Authorization: x',
        'Cookie: a=b',
      ]),
    ],
  ])('%s: passes with the right credential and nothing of this connection', async (_what, bytes) => {
    expect(statuses(await say(bytes))).toEqual([200]);
    const { host, connection, 'x-api-key': key, 'content-length': length, ...rest } = seen[0]!.headers;
    expect({ host, connection, key }).toEqual({
      host: new URL(bench.service.status.upstream!).host,
      connection: 'keep-alive',
      key: 'sk-ant-the-real-one',
    });
    expect(length === undefined ? rest : {}).toEqual(length === undefined ? { 'transfer-encoding': 'chunked' } : {});
    expect(Object.keys(rest).filter((name) => name !== 'transfer-encoding')).toEqual([]);
    expect(seen[0]!.body.toString()).toBe(BODY);
    expect(seen[0]!.url).toMatch(/^\/v1\/messages(\?beta=true&a=%2e%2e\/x)?$/);
  });

  it('a packed question passes as it is', async () => {
    const packed = head('POST /v1/messages HTTP/1.1', ['Content-Encoding: gzip', `Content-Length: ${PACKED.length}`]);
    expect(statuses(await say(packed + PACKED.toString('latin1')))).toEqual([200]);
    expect(seen[0]!.body).toEqual(PACKED);
    expect(seen[0]!.headers['content-encoding']).toBe('gzip');
  });

  it('questions one behind the other are answered in their order, each as it deserves', async () => {
    expect(statuses(await say(post('/v1/messages?n=1') + post('/v1/files') + post('/v1/messages?n=2'), 3))).toEqual([
      200, 404, 200,
    ]);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/messages?n=1', '/v1/messages?n=2']);
  });

  it('an answer that comes before its question has ended does not hold up the next one', async () => {
    isEarly = true;
    const large = post('/v1/messages', [], messagesBody('y'.repeat(5_000_000)));
    expect(statuses(await say(large + post('/v1/messages'), 2))).toEqual([413, 413]);
  });
});
