import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { type RedisConnections } from '@steward/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, GatewayBench, messagesBody, open } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

const MB = 1_000_000;

/** Bodies of both directions that nobody should hold in memory. */
describe('the model gateway and large bodies', () => {
  let redis: RedisConnections;
  let provider: Server | undefined;

  beforeAll(async () => {
    redis = await connectRedis();
  });
  afterAll(() => redis.close());
  afterEach(() => {
    provider?.closeAllConnections();
    provider?.close();
  });

  async function serve(listener: RequestListener) {
    provider = createServer(listener);
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const bench = await GatewayBench.start(redis, `http://127.0.0.1:${(provider.address() as AddressInfo).port}`);
    return { bench, ...(await bench.serve()) };
  }

  it('a question of 300 MB passes a provider that dawdles, and memory stays', async () => {
    const { bench, url, token } = await serve((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        request.pause();
        setImmediate(() => request.resume());
      });
      request.once('end', () => response.end(String(bytes)));
    });
    await using _bench = bench;
    const headers = { 'x-api-key': token, 'content-length': 300 * MB };
    const request = httpRequest(`${url}/v1/messages`, { method: 'POST', headers });
    const piece = Buffer.alloc(100_000, 'x');
    const before = process.memoryUsage.rss();
    let peak = 0;
    for (let n = 0; n < 3000; n += 1) {
      if (!request.write(piece)) await once(request, 'drain');
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    request.end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(String((await answer.toArray())[0])).toBe(String(300 * MB));
    // Client and provider live in this process, too.
    expect(peak - before).toBeLessThan(150 * MB);
  }, 60_000);

  it('a packed answer that is slow to unpack is waited for, by one listener', async () => {
    const warnings: string[] = [];
    const warned = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warned);
    const delta = (text: string) =>
      `data: ${JSON.stringify({ type: 'content_block_delta', delta: { type: 'text_delta', text } })}\n\n`;
    const { bench, url, token } = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const packed = createGzip({ level: 1 });
      packed.pipe(response);
      for (let n = 0; n < 300; n += 1) packed.write(delta(randomBytes(32_768).toString('hex')));
      packed.end();
    });
    await using _bench = bench;
    expect((await ask(url, { 'x-api-key': token }, messagesBody('x'))).bytes.length).toBeGreaterThan(10 * MB);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  }, 60_000);

  it('an answer of a told length that may not go on is broken off, and nothing is added to it', async () => {
    let asked = 0;
    const usage = { type: 'message', usage: { input_tokens: 20, output_tokens: 1 } };
    const { bench, order } = await serve((request, response) => {
      request.resume();
      asked += 1;
      if (asked > 1) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(usage));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      return response.write('{"a":');
    });
    await using _bench = bench;
    const run = { units: -1, tokens: 10 };
    const { url, token } = await bench.serve({ limits: { ...order.limits, run } });
    const request = open(url, { 'x-api-key': token }, messagesBody('x'));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const broken = once(answer, 'error').catch((error: unknown) => [error]);
    await expect.poll(() => text).toBe('{"a":');
    await ask(url, { 'x-api-key': token }, messagesBody('x'));
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(text).toBe('{"a":');
  });

  it('of an answer that had come when the CLI left, what the provider declared at its end counts', async () => {
    const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const text = 'x'.repeat(32_000);
    let handedOver = false;
    const { bench, url, token, door, order } = await serve((request, response) => {
      request.resume();
      response.once('finish', () => (handedOver = true));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const message = { model: 'claude-sonnet-4-6', usage: { input_tokens: 20, output_tokens: 1 } };
      response.write(event({ type: 'message_start', message }));
      for (let n = 0; n < 200; n += 1)
        response.write(event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }));
      response.write(event({ type: 'message_delta', delta: {}, usage: { output_tokens: 5000 } }));
      response.end(event({ type: 'message_stop' }));
    });
    await using _bench = bench;
    // Nobody reads it: what the gateway may not pass on lies in the kernel, as where its worker stood still.
    const request = open(url, { 'x-api-key': token }, messagesBody('x'));
    await once(request, 'response');
    await expect.poll(() => handedOver, { timeout: 10_000 }).toBe(true);
    request.destroy();
    const failed = () => bench.ledger.run(order.runId).then(({ failedRequests }) => failedRequests);
    await expect.poll(failed, { timeout: 10_000 }).toBe(1);
    await door.unassign();
    const { usage } = await bench.ledger.run(order.runId);
    expect(usage).toMatchObject({ inputTokens: 20, outputTokens: 5000 });
  });
});
