import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../../../../test/messages-api/index.js';
import { fingerprint } from '../../../../test/messages-api/request/kept.headers.js';
import { ask, GatewayBench, messagesBody, open } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

/** The gateway between a client that is no CLI and the scripted provider: what passes, what does not, and what it says. */
describe('the model gateway', () => {
  let redis: RedisConnections;
  let api: MessagesApi;
  let bench: GatewayBench;

  beforeAll(async () => {
    redis = await connectRedis();
    api = await startMessagesApi();
    bench = await GatewayBench.start(redis, api.url);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await api.close();
    await redis.close();
  });
  beforeEach(() => api.reset());

  const key = (token: string) => ({ 'x-api-key': token });
  const steady = (bytes: Buffer) => bytes.toString().replaceAll(/"(msg|toolu|req)_[A-Za-z0-9]+"/g, '"id"');

  it.each(['[[text n=300]]', '[[think n=5]] [[say é🎈]] [[bash ls]]', '[[error 400]]', '[[text n=9 split=7]]'])(
    '%s passes byte for byte, with its status and headers',
    async (prompt) => {
      const { url, token } = await bench.serve();
      const [direct, through] = [
        await ask(api.url, key('direct'), messagesBody(prompt)),
        await ask(url, key(token), messagesBody(prompt)),
      ];
      expect(steady(through.bytes)).toBe(steady(direct.bytes));
      expect(through.status).toBe(direct.status);
      const plain = (headers: object) =>
        Object.keys(headers).filter((name) => name !== 'date' && name !== 'keep-alive' && name !== 'connection');
      expect(plain(through.headers)).toEqual(plain(direct.headers));
    },
  );

  it('puts the real credential in place of the token, and passes the other headers', async () => {
    const { url, token } = await bench.serve();
    const headers = {
      authorization: `Bearer ${token}`,
      'anthropic-beta': 'a,b',
      accept: 'a/b',
      connection: 'close, accept-charset',
      'accept-charset': 'gone',
    };
    await ask(url, headers, messagesBody('[[say x]]'));
    const [seen] = api.journal;
    const real = `sha256:${fingerprint('sk-ant-the-real-one')}`;
    expect(seen?.headers).toMatchObject({ 'anthropic-beta': 'a,b', accept: 'a/b', 'x-api-key': real });
    expect(seen?.headers).not.toHaveProperty('authorization');
    expect(seen?.headers).not.toHaveProperty('accept-charset');
  });

  it('a packed answer passes untouched and is read all the same', async () => {
    const { url, token, door, order } = await bench.serve();
    const answer = await ask(
      url,
      { ...key(token), 'accept-encoding': 'gzip, zstd' },
      messagesBody('[[gzip]] [[text n=50]]'),
    );
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    await door.unassign();
    const { usage } = await bench.ledger.run(order.runId);
    expect(usage.outputTokens).toBe(api.served().usage.output_tokens);
    expect(usage.outputTokens).toBeGreaterThan(1);
  });

  it('an answer in one piece is read too', async () => {
    const { url, token, door, order } = await bench.serve();
    await ask(url, key(token), messagesBody('[[text n=50]]', { stream: false }));
    await door.unassign();
    expect((await bench.ledger.run(order.runId)).usage.outputTokens).toBe(api.served().usage.output_tokens);
  });

  it.each([
    ['an unknown token', 'stwm_nobody', 403],
    ['no token', '', 403],
  ])('%s is refused', async (_what, token, status) => {
    const { url } = await bench.serve();
    const answer = await ask(url, key(token), messagesBody('[[say x]]'));
    expect(answer).toMatchObject({ status, headers: { 'x-should-retry': 'false' } });
    expect(api.journal).toEqual([]);
  });

  it('a process without a run is refused, before its first and after each, and a process that is gone', async () => {
    const { door, order, url, token } = await bench.serve();
    await door.unassign();
    expect((await ask(url, key(token), messagesBody('[[say x]]'))).bytes.toString()).toContain('serves no run');
    await door.assign({ ...order, runId: `${order.runId}-2` });
    expect((await ask(url, key(token), messagesBody('[[say x]]'))).status).toBe(200);
    await door.close();
    expect((await ask(url, key(token), messagesBody('[[say x]]'))).bytes.toString()).toContain(
      'does not know this token',
    );
    expect(api.journal).toHaveLength(1);
  });

  it('what a process counts to make itself ready is answered here, and nothing else of it', async () => {
    const { door, url, token } = await bench.serve();
    await door.unassign();
    const count = () => ask(`${url}/v1/messages/count_tokens?beta=true`, key(token), messagesBody('x'.repeat(400)));
    await door.rehearse(async () => {
      const { status, bytes } = await count();
      const { input_tokens: tokens } = JSON.parse(bytes.toString()) as { input_tokens: number };
      expect(status).toBe(200);
      expect(tokens).toBeGreaterThan(100);
      expect(tokens).toBeLessThan(400);
      expect((await ask(url, key(token), messagesBody('[[say x]]'))).bytes.toString()).toContain('serves no run');
    });
    expect((await count()).bytes.toString()).toContain('serves no run');
    expect(api.journal).toEqual([]);
  });

  it.each([
    ['GET', '/v1/messages'],
    ['POST', '/v1/files'],
    ['POST', '/v1/messages/batches'],
    ['GET', '/v1/models'],
    ['POST', '/v1/messages/../organizations'],
    ['HEAD', '/v1/messages'],
    ['CONNECT', 'example.com:443'],
  ])('%s %s does not pass', async (method, path) => {
    const { url, token } = await bench.serve();
    const request = httpRequest(url, { method, path, headers: key(token) });
    request.end();
    const outcome = await Promise.race([
      once(request, 'response').then(([answer]) => (answer as IncomingMessage).resume().statusCode),
      once(request, 'connect').then(() => 'connected'),
      once(request, 'error').then(() => 'closed'),
    ]).catch(() => 'closed');
    expect([404, 'closed']).toContain(outcome);
    expect(api.journal).toEqual([]);
  });

  it('a client that leaves is left by the gateway at once', async () => {
    const { url, token, door, order } = await bench.serve();
    const request = open(url, key(token), messagesBody('[[text n=1000 delay=20]]'));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    await once(answer, 'data');
    request.destroy();
    await expect.poll(() => api.journal[0]?.aborted, { timeout: 5000 }).toBe(true);
    await door.unassign();
    const { usage, requests, failedRequests, requestFacts } = await bench.ledger.run(order.runId);
    const served = api.served().usage;
    expect([usage.inputTokens, usage.outputTokens]).toEqual([served.input_tokens, served.output_tokens]);
    expect([requests, failedRequests]).toEqual([1, 1]);
    expect(JSON.parse([...requestFacts.values()][0]!)).toMatchObject({ outcome: 'aborted', status: 200 });
  });

  it('what a run left under way is broken off when the run ends', async () => {
    const { url, token, door } = await bench.serve();
    const request = open(url, key(token), messagesBody('[[hang headers]]'));
    const broken = once(request, 'response').then(([answer]) => (answer as IncomingMessage).statusCode);
    await expect.poll(() => api.journal.length, { timeout: 5000 }).toBe(1);
    await door.unassign();
    expect(await broken).toBe(403);
    await expect.poll(() => api.journal[0]?.aborted, { timeout: 5000 }).toBe(true);
  });

  it('fifty requests at once keep apart, and their sum is right', async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, () => bench.serve()));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const { url, token } = runs[n % 5]!;
        return ask(url, key(token), messagesBody(`[[usage in=${n + 1} out=${n + 2}]] [[say answer ${n}]]`));
      }),
    );
    answers.forEach(({ bytes }, n) => expect(steady(bytes)).toContain(`"answer ${n}"`));
    await Promise.all(runs.map(({ door }) => door.unassign()));
    const totals = await Promise.all(runs.map(({ order }) => bench.ledger.run(order.runId)));
    expect(totals.map(({ requests }) => requests)).toEqual([10, 10, 10, 10, 10]);
    expect(totals.reduce((sum, { usage }) => sum + usage.outputTokens, 0)).toBe(api.served().usage.output_tokens);
  });

  it('100 MB pass a reader that dawdles, and memory stays', async () => {
    const { url, token } = await bench.serve();
    const request = open(url, key(token), messagesBody('[[big bytes=100000000 chunk=4000]]'));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    let [bytes, peak, chunks] = [0, 0, 0];
    const before = process.memoryUsage.rss();
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length;
      chunks += 1;
      if (chunks % 50 === 0) {
        peak = Math.max(peak, process.memoryUsage.rss());
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    expect(bytes).toBeGreaterThan(100_000_000);
    // The scripted provider lives in this process as well.
    expect(peak - before).toBeLessThan(100 * 1024 * 1024);
  });
});
