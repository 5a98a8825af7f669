import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type RedisConnections } from '@steward/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, GatewayBench, messagesBody, type Served } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const EMPTY = 'Content-Length: 0\r\n\r\n';
const NOTHING = { inputTokens: 0, outputTokens: 0 };
const data = (...events: unknown[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const start = (message: unknown) => data({ type: 'message_start', message });
const USAGE = { input_tokens: 7, output_tokens: 1 };
const START = start({ model: 'claude-sonnet-4-6', usage: USAGE });
const json = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A provider whose bytes no provider should send: the server stays, the run's figures stay right, the CLI hears an end. */
describe('the model gateway and bytes that nobody should send', () => {
  let redis: RedisConnections;
  let listening: Server | undefined;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    redis = await connectRedis();
  });
  afterAll(() => redis.close());
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listening?.close(resolve));
  });

  async function provider(bytes: string): Promise<string> {
    listening = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(bytes));
    });
    await new Promise<void>((resolve) => listening!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  }

  async function asked(bytes: string) {
    await using bench = await GatewayBench.start(redis, await provider(bytes));
    const { url, token, door, order } = await bench.serve();
    const answer = await ask(url, { 'x-api-key': token }, messagesBody('x')).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    await door.unassign();
    const { requestFacts, usage, byModel } = await bench.ledger.run(order.runId);
    const facts = JSON.parse([...requestFacts.values()][0] ?? '{}') as Record<string, unknown>;
    return { answer, told: bench.told, facts, usage, models: [...byModel.keys()] };
  }

  it.each([
    ['a status of nothing', `HTTP/1.1 000 OK\r\n${EMPTY}`, 'EPROTO'],
    ['a status below all', `HTTP/1.1 099 OK\r\n${EMPTY}`, 'EPROTO'],
    ['a status of four digits', `HTTP/1.1 2000 OK\r\n${EMPTY}`, 'HPE_INVALID_STATUS'],
    ['a control character in the status line', `HTTP/1.1 200 a\u0001b\r\n${EMPTY}`, 'ERR_INVALID_CHAR'],
    ['a control character in a header', `HTTP/1.1 200 OK\r\nx: a\u0001b\r\n${EMPTY}`, 'HPE_INVALID_HEADER_TOKEN'],
    ['another protocol', 'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'EPROTO'],
    ['another protocol without its name', 'HTTP/1.1 101 Switching\r\n\r\n', 'EPROTO'],
    ['nothing but 100', 'HTTP/1.1 100 Continue\r\n\r\n', 'ECONNRESET'],
    ['half a header', 'HTTP/1.1 200 OK\r\nConte', 'ECONNRESET'],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'HPE_INVALID_CONSTANT'],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
    ['two lengths', `${STREAM}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ])('%s: the CLI sees a connection that breaks', async (_what, bytes, reason) => {
    const { answer, told, facts, usage } = await asked(bytes);
    expect(answer).toBe('ECONNRESET');
    expect(told.map((fact) => fact.reason)).toEqual([reason]);
    expect(['unreachable', 'broken']).toContain(facts['outcome']);
    expect(usage).toMatchObject(NOTHING);
  });

  it.each([
    ['early hints', `HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${json('{}')}`, 200],
    ['a thousand of them', `${'HTTP/1.1 102 P\r\n\r\n'.repeat(1000)}${json('{}')}`, 200],
    ['a redirect', `HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/v1/messages\r\n${EMPTY}`, 307],
    ['a header of 100 KB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\n{}`, 200],
    ['no content', 'HTTP/1.1 204 No\r\n\r\n', 204],
    ['packed bytes that are none', `${STREAM}Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789`, 200],
  ])('%s: passes', async (_what, bytes, status) => {
    expect((await asked(bytes)).answer).toMatchObject({ status });
  });

  it.each([
    ['less than it promised', `${STREAM}Content-Length: 9999\r\n\r\n${START}`],
    ['a chunk that ends early', `${STREAM}Transfer-Encoding: chunked\r\n\r\nffff\r\n${START}`],
    ['no length and a close', `${STREAM}\r\n${START}`],
  ])('%s: what was declared before counts', async (_what, bytes) => {
    const { told, usage } = await asked(bytes);
    expect(told.map(({ trouble }) => trouble)).toEqual(['broken']);
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 1 });
  });

  it.each([
    ['no objects', 'data: null\n\ndata: 5\n\ndata: []\n\ndata: {"type":5}\n\ndata: {"type":"error","error":7}\n\n'],
    ['no messages', start(null) + data({ type: 'message_delta', usage: 'x' })],
    ['figures that are none', start({ usage: { input_tokens: -5, output_tokens: '9', cache_creation: 5 } })],
    [
      'figures beyond all',
      start({ usage: { input_tokens: 1e300, output_tokens: 1e9 + 1, server_tool_use: { web_search_requests: 1e15 } } }),
    ],
    ['figures that are infinite', 'data: {"type":"message_start","message":{"usage":{"input_tokens":1e999}}}\n\n'],
  ])('%s: nothing is booked of it, and every byte passes', async (_what, events) => {
    const { answer, usage } = await asked(`${STREAM}\r\n${events}`);
    expect((answer as Served).bytes.toString()).toBe(events);
    expect(usage).toMatchObject(NOTHING);
  });

  it.each([
    ['a model that is no name', start({ model: { a: 1 }, usage: USAGE }), 'claude-sonnet-4-6'],
    ['a model of 100 KB', start({ model: 'x'.repeat(100_000), usage: USAGE }), 'claude-sonnet-4-6'],
    ['a model with the marks of a key', start({ model: 'a:b:costUnits\u0000', usage: USAGE }), 'a:b:costUnits\u0000'],
  ])('%s: what it declared is booked', async (_what, events, model) => {
    const { usage, models } = await asked(`${STREAM}\r\n${events}`);
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 1 });
    expect(models).toEqual([model]);
  });

  it.each(['null', '5', '{"model":{"a":1},"usage":true}', '{"error":{"type":{}}}', '{'])(
    'a body of %s passes',
    async (body) => {
      const { answer, usage } = await asked(json(body));
      expect((answer as Served).bytes.toString()).toBe(body);
      expect(usage).toMatchObject(NOTHING);
    },
  );
});
