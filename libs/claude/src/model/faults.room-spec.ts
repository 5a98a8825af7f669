import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisConnections } from '@steward/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../../../../test/messages-api/index.js';
import { fingerprint } from '../../../../test/messages-api/request/kept.headers.js';
import { canSign, selfSigned } from '../../../../test/support/certificate.js';
import { ask, GatewayBench, messagesBody } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';

/** What the gateway does when the provider fails, and how it finds the provider at all. */
describe('the model gateway and its provider', () => {
  let redis: RedisConnections;
  let api: MessagesApi;
  let folder: string;
  const listening: Server[] = [];

  beforeAll(async () => {
    redis = await connectRedis();
    api = await startMessagesApi();
    folder = mkdtempSync(join(tmpdir(), 'steward-gateway-'));
  });
  afterAll(async () => {
    await api.close();
    await redis.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const server of listening.splice(0)) await new Promise((resolve) => server.close(resolve));
    api.reset();
  });

  const key = (token: string) => ({ 'x-api-key': token });
  async function listen(server: Server): Promise<number> {
    listening.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  /** A provider that answers every request with these bytes and hangs up. */
  const raw = (bytes: string) =>
    listen(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(bytes));
      }),
    );
  async function failing(url: string, prompt: string, env: Record<string, string> = {}) {
    await using bench = await GatewayBench.start(redis, url, env);
    const { url: gateway, token, door, order } = await bench.serve();
    const answer = await ask(gateway, key(token), messagesBody(prompt)).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    await door.unassign();
    const { requestFacts, ...totals } = await bench.ledger.run(order.runId);
    const facts = JSON.parse([...requestFacts.values()][0] ?? '{}') as Record<string, unknown>;
    return { answer, told: bench.told, facts, totals };
  }

  it.each([
    ['[[error 429 retry-after=7]]', 'rate_limited', 429],
    ['[[error 529]]', 'overloaded', 529],
    ['[[error 500]]', 'failed', 500],
    ['[[error 502]]', 'failed', 502],
    ['[[error 401]]', 'refused_credential', 401],
    ['[[error 404]]', 'refused_request', 404],
  ])('%s is told as %s, and passes', async (prompt, trouble, status) => {
    const { answer, told, facts, totals } = await failing(api.url, prompt);
    expect(answer).toMatchObject({ status });
    expect(told).toEqual([expect.objectContaining({ trouble, status, model: 'claude-sonnet-4-6', retry: 0 })]);
    expect(facts).toMatchObject({ outcome: 'failed', status });
    expect(totals).toMatchObject({ requests: 1, failedRequests: 1, costUnits: 0 });
  });

  it('a refused credential is not repeated with the same one, and is with another', async () => {
    const file = join(folder, 'refused-key');
    writeFileSync(file, 'first-key');
    await using bench = await GatewayBench.start(redis, api.url, { ANTHROPIC_API_KEY_FILE: file });
    const { url, token } = await bench.serve();
    const asked = () => ask(url, key(token), messagesBody('[[error 401 should-retry=true]]'));
    expect((await asked()).headers['x-should-retry']).toBe('false');
    await using changing = await GatewayBench.start(redis, api.url, { ANTHROPIC_API_KEY_FILE: file });
    const other = await changing.serve();
    const answer = ask(other.url, key(other.token), messagesBody('[[slow first=300]] [[error 401]]'));
    await expect.poll(() => api.journal.length).toBe(2);
    writeFileSync(file, 'second-key');
    expect((await answer).headers['x-should-retry']).toBe('true');
  });

  it.each([
    ['[[error 500]]', 'failed', 500],
    ['[[error 529 should-retry=true]]', 'overloaded', 529],
  ])('in a repeated attempt the CLI is told not to repeat %s', async (prompt, trouble, status) => {
    await using bench = await GatewayBench.start(redis, api.url);
    const { url, token } = await bench.serve({ repeats: false });
    const { headers, ...answer } = await ask(url, key(token), messagesBody(prompt));
    expect([answer.status, headers['x-should-retry']]).toEqual([status, 'false']);
    expect(bench.told).toMatchObject([{ trouble, status }]);
  });

  it('nor what could not be reached', async () => {
    await using bench = await GatewayBench.start(redis, 'http://127.0.0.1:9');
    const { url, token } = await bench.serve({ repeats: false });
    const { headers, status } = await ask(url, key(token), messagesBody('[[say x]]'));
    expect([status, headers['x-should-retry']]).toEqual([503, 'false']);
    expect(bench.told).toMatchObject([{ trouble: 'unreachable', reason: 'ECONNREFUSED' }]);
  });

  it.each([
    ['nothing', '[[hang stream after=2]] [[text n=9]]', { STEWARD_MODEL_STALL_MS: '300' }],
    ['nothing but pings', '[[hang stream after=2 ping=100]] [[text n=9]]', { STEWARD_MODEL_SILENCE_MS: '500' }],
    ['less than it packed', '[[gzip]] [[hang stream after=2]] [[text n=9]]', { STEWARD_MODEL_STALL_MS: '300' }],
  ])('an answer that says %s any more is told as stalled, and left', async (_what, prompt, env) => {
    const { answer, told } = await failing(api.url, prompt, env);
    expect(answer).toBe('ECONNRESET');
    expect(told).toMatchObject([{ trouble: 'stalled', reason: 'ESTALLED' }]);
    await expect.poll(() => api.journal[0]?.aborted, { timeout: 5000 }).toBe(true);
  });

  it('one that is slow is waited for', async () => {
    const env = { STEWARD_MODEL_STALL_MS: '400', STEWARD_MODEL_SILENCE_MS: '1000' };
    const { answer, told } = await failing(api.url, '[[text n=8 delay=200]] [[pause 700 ping=100]] [[say b]]', env);
    expect([(answer as { status: number }).status, told]).toEqual([200, []]);
  });

  it('tells when a limit ends, from what the provider says', async () => {
    const before = Date.now();
    const { told } = await failing(api.url, '[[error 429 retry-after=90]]');
    expect(told[0]).toMatchObject({ retryAfterMs: 90_000, limits: { requests: { limit: 4000, remaining: 3999 } } });
    expect(Date.parse(told[0]!.resetsAt!)).toBeGreaterThanOrEqual(before + 90_000);
  });

  it.each([
    ['a stream that is cut', '[[cut after=3]] [[text n=9]]', 'broken'],
    ['a stream that is reset', '[[cut after=3 reset=1]] [[text n=9]]', 'broken'],
    ['an error in mid-stream', '[[sse-error overloaded_error]] [[text n=9]]', 'broken'],
    ['half an event', '[[malformed]] [[text n=9]]', 'broken'],
    ['a stream that ends early', '[[malformed how=early]] [[text n=9]]', 'broken'],
    ['a page instead of a stream', '[[malformed how=html]] [[text n=9]]', 'broken'],
  ])('%s is told as broken, and counted as far as it was declared', async (_what, prompt, outcome) => {
    const { told, facts, totals } = await failing(api.url, prompt);
    expect(facts).toMatchObject({ outcome });
    expect(told.map(({ trouble }) => trouble)).toEqual(['broken']);
    const { usage } = api.served();
    expect(totals.usage).toMatchObject({ inputTokens: usage.input_tokens, outputTokens: usage.output_tokens });
  });

  it.each([
    ['no HTTP at all', 'this is not HTTP\r\n\r\n'],
    ['a broken header', 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n'],
    ['nothing', ''],
    ['less than it promised', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{}'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nx\r\n'],
    ['broken gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\nnot gzip'],
  ])('an answer that is %s harms nobody', async (_what, bytes) => {
    const { facts, told, totals } = await failing(`http://127.0.0.1:${await raw(bytes)}`, '[[say x]]');
    expect(['unreachable', 'broken']).toContain(facts['outcome']);
    expect(told).toHaveLength(1);
    expect(totals).toMatchObject({ requests: 1, failedRequests: 1, costUnits: 0 });
  });

  it('a provider that is not there looks to the CLI as it would without us: a connection that breaks', async () => {
    const { answer, told } = await failing('http://127.0.0.1:9', '[[say x]]');
    expect(answer).toBe('ECONNRESET');
    expect(told).toEqual([expect.objectContaining({ trouble: 'unreachable', status: null, reason: 'ECONNREFUSED' })]);
  });

  it('a provider whose name nobody knows is told so', async () => {
    const { answer, told } = await failing('http://model.invalid', '[[say x]]');
    expect(answer).toBe('ECONNRESET');
    expect(told[0]).toMatchObject({ trouble: 'unreachable', status: null });
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(told[0]?.reason);
  });

  it('a provider that never answers is left in time, and told; one that has begun is not', async () => {
    const env = { STEWARD_MODEL_ANSWER_TIMEOUT_MS: '300' };
    const silent = await failing(api.url, '[[hang headers]]', env);
    expect(silent.answer).toBe('ECONNRESET');
    expect(silent.told).toEqual([expect.objectContaining({ trouble: 'unreachable', reason: 'ETIMEDOUT' })]);
    expect(silent.facts).toMatchObject({ outcome: 'unreachable', status: null });
    await expect.poll(() => api.journal[0]?.aborted, { timeout: 5000 }).toBe(true);
    const { answer, told } = await failing(api.url, '[[say a]] [[pause 900]] [[say b]]', env);
    expect([(answer as { status: number }).status, told]).toEqual([200, []]);
  });

  it('counts failures in a row, until one request works', async () => {
    await using bench = await GatewayBench.start(redis, api.url);
    const { url, token } = await bench.serve();
    for (const prompt of ['[[error 500]]', '[[error 500]]', '[[say x]]', '[[error 500]]'])
      await ask(url, key(token), messagesBody(prompt));
    expect(bench.told.map(({ retry }) => retry)).toEqual([0, 1, 0]);
  });

  it.skipIf(!canSign())('speaks TLS only to who proves who it is', async () => {
    const asked: string[] = [];
    const server = createTlsServer(selfSigned(folder), (request, response) => {
      asked.push(request.url ?? '');
      request.resume();
      response.end('{}');
    });
    server.on('tlsClientError', () => undefined);
    const port = await listen(server);
    const { answer, told } = await failing(`https://127.0.0.1:${port}`, '[[say x]]');
    expect(answer).toBe('ECONNRESET');
    expect(told[0]).toMatchObject({ trouble: 'unreachable', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(asked).toEqual([]);
    // Not even where the environment would allow it.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const lax = await failing(`https://127.0.0.1:${port}`, '[[say x]]').finally(
      () => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'],
    );
    expect(lax.answer).toBe('ECONNRESET');
    expect(asked).toEqual([]);
  });

  it('asks below the path of the base address', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      request.resume();
      response.end('{}');
    });
    await failing(`http://127.0.0.1:${await listen(server)}/base/`, '[[say x]]');
    expect(asked).toEqual(['/base/v1/messages?beta=true']);
  });

  it('goes through the proxy of the host, except where it must not', async () => {
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.url ?? '');
      const path = new URL(request.url ?? '').pathname;
      const { host: _host, ...headers } = request.headers;
      const onward = httpRequest(api.url + path, { method: 'POST', headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    const address = `http://127.0.0.1:${await listen(proxy)}`;
    const { answer } = await failing('http://model.example', '[[say by proxy]]', { HTTP_PROXY: address });
    expect(answer).toMatchObject({ status: 200 });
    expect(seen).toEqual(['http://model.example/v1/messages?beta=true']);
    await failing(api.url, '[[say x]]', { HTTP_PROXY: address });
    const { told } = await failing('http://model.invalid', '[[say x]]', { HTTP_PROXY: address, NO_PROXY: '.invalid' });
    expect(told[0]).toMatchObject({ trouble: 'unreachable' });
    expect(seen).toHaveLength(1);
  });

  it('takes a new credential from its file while it runs, and keeps the old one while there is none', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'first-key\n');
    const env = { ANTHROPIC_API_KEY_FILE: file };
    await using bench = await GatewayBench.start(redis, api.url, env);
    const { url, token } = await bench.serve();
    const used = async () => {
      await ask(url, key(token), messagesBody('[[say x]]'));
      return api.journal.at(-1)?.headers['x-api-key'];
    };
    expect(await used()).toBe(`sha256:${fingerprint('first-key')}`);
    writeFileSync(file, 'second-key\n');
    await expect.poll(used, { timeout: 10_000 }).toBe(`sha256:${fingerprint('second-key')}`);
    // Half written, or two of them: no header could carry it.
    for (const text of ['', 'sk-\u20ac', 'one-key\nanother-key\n']) {
      writeFileSync(file, text);
      expect(bench.config.credentials.reload()).toBe(false);
      expect(await used()).toBe(`sha256:${fingerprint('second-key')}`);
    }
    rmSync(file);
    expect(bench.config.credentials.reload()).toBe(false);
    expect(await used()).toBe(`sha256:${fingerprint('second-key')}`);
    writeFileSync(file, 'third-key\n');
    process.emit('SIGHUP');
    expect(await used()).toBe(`sha256:${fingerprint('third-key')}`);
    expect(bench.config.secrets).toEqual(['first-key', 'second-key', 'third-key']);
  });
});
