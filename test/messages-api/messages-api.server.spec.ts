import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMessagesApi, type MessagesApi } from './messages-api.server.js';
import { bigText } from './script/text.source.js';
import { ask, call, deltaText, eventsOf, post, say } from './testing/api.client.js';

let api: MessagesApi;

beforeAll(async () => {
  api = await startMessagesApi();
});
afterAll(() => api.close());
beforeEach(() => api.reset());

describe('an answer', () => {
  it('streams the events of the public API in their order', async () => {
    const { status, headers, text } = await say(api.url, '[[think n=1]] [[say hi]] [[tool Read {"file_path":"f"}]]');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(headers['request-id']).toMatch(/^req_/);
    expect(headers['anthropic-ratelimit-requests-remaining']).toBe('3999');
    const events = eventsOf(text);
    expect(events.map(({ event, data }) => data['delta']?.type ?? data['content_block']?.type ?? event)).toEqual([
      'message_start',
      'thinking',
      'ping',
      'thinking_delta',
      'signature_delta',
      'content_block_stop',
      'text',
      'text_delta',
      'content_block_stop',
      'tool_use',
      'input_json_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]!.data['message']).toMatchObject({
      role: 'assistant',
      model: 'claude-test',
      content: [],
      stop_reason: null,
    });
    expect(events.at(-2)!.data['delta']).toEqual({ stop_reason: 'tool_use', stop_sequence: null });
  });

  it('is one message without streaming', async () => {
    const { headers, text } = await say(api.url, '[[say é\\n]] [[tool Read {"file_path":"f"}]]', { stream: false });
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toMatchObject({
      type: 'message',
      content: [
        { type: 'text', text: 'é\n' },
        { type: 'tool_use', name: 'Read', input: { file_path: 'f' } },
      ],
      stop_reason: 'tool_use',
      usage: { output_tokens: 5 },
    });
  });

  it('takes its time between deltas', async () => {
    const begun = performance.now();
    await say(api.url, '[[text n=10 delay=20]]');
    const ms = performance.now() - begun;
    expect(ms).toBeGreaterThan(195);
    expect(ms).toBeLessThan(1_000);
  });

  it('is compressed when told to', async () => {
    const raw = await new Promise<Buffer>((resolve, reject) => {
      const sent = request(`${api.url}/v1/messages`, { method: 'POST' }, (response) => {
        expect(response.headers['content-encoding']).toBe('gzip');
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks)));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(ask('[[gzip]] [[text n=3 delay=5]]')));
    });
    expect(deltaText(eventsOf(gunzipSync(raw).toString()))).toBe('w1 w2 w3 ');
  });

  it('carries headers that the script adds', async () => {
    const { headers } = await say(api.url, '[[header anthropic-ratelimit-unified-status: rejected]] [[say x]]');
    expect(headers['anthropic-ratelimit-unified-status']).toBe('rejected');
  });

  it('counts tokens beforehand', async () => {
    const count = async (method: string, body?: unknown): Promise<number> =>
      JSON.parse((await call(api.url, method, '/v1/messages/count_tokens?beta=true', body)).text)
        .input_tokens as number;
    expect(await count('POST', ask('x'.repeat(4_000)))).toBeGreaterThan(1_000);
    expect(await count('GET')).toBe(0);
    expect((await call(api.url, 'HEAD', '/')).status).toBe(200);
  });

  it('answers a prompt without directives by the default script', async () => {
    expect(deltaText(eventsOf((await say(api.url, 'plain')).text))).toBe('This is a scripted reply to: plain');
    api.setDefault('[[say fixed]]');
    expect(deltaText(eventsOf((await say(api.url, 'plain')).text))).toBe('fixed');
    api.setDefault(undefined);
  });
});

describe('a failure', () => {
  it.each([
    ['[[error 400]]', 400, 'invalid_request_error'],
    ['[[error 401]]', 401, 'authentication_error'],
    ['[[error 402]]', 402, 'billing_error'],
    ['[[error 403]]', 403, 'permission_error'],
    ['[[error 404]]', 404, 'not_found_error'],
    ['[[error 413]]', 413, 'request_too_large'],
    ['[[error 429]]', 429, 'rate_limit_error'],
    ['[[error 500]]', 500, 'api_error'],
    ['[[error 529]]', 529, 'overloaded_error'],
    ['[[error 418 type=teapot_error short and stout]]', 418, 'teapot_error'],
    ['[[nonsense]]', 400, 'invalid_request_error'],
  ])('%s has status %i and type %s', async (prompt, status, type) => {
    const answer = await say(api.url, prompt);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'error',
      error: { type },
      request_id: answer.headers['request-id'],
    });
  });

  it('carries its message and headers', async () => {
    const answer = await say(api.url, '[[error 429 retry-after=7 should-retry=false message=slow down, please]]');
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-should-retry': 'false' });
    expect(JSON.parse(answer.text).error.message).toBe('slow down, please');
  });

  it('is a page of HTML where a proxy would send one', async () => {
    const answer = await say(api.url, '[[error 502]]');
    expect(answer).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } });
    expect(answer.text).toMatch(/^<html>/);
  });

  it.each([true, false])('cuts the connection (streaming %s)', async (stream) => {
    const answer = await say(api.url, '[[cut after=2]]', { stream });
    expect(answer.broken).toBe(true);
    if (stream) expect(deltaText(eventsOf(answer.text))).toBe('w1 w2 ');
    expect(api.journal.at(-1)).toMatchObject({ cut: true, aborted: false, finished: false });
  });

  it('breaks an event in two', async () => {
    const { text } = await say(api.url, '[[malformed]]');
    expect(() => eventsOf(text)).toThrow();
  });

  it.each([
    ['order', 'content_block_start', 'content_block_delta'],
    ['early', 'message_start', 'content_block_delta'],
  ])('sends valid events that make no message (%s)', async (how, first, last) => {
    const { broken, text } = await say(api.url, `[[malformed how=${how}]]`);
    expect(broken).toBe(false);
    expect([eventsOf(text).at(0)?.event, eventsOf(text).at(-1)?.event]).toEqual([first, last]);
  });

  it('sends a page where a stream should be', async () => {
    const { status, headers } = await say(api.url, '[[malformed how=html]]');
    expect([status, headers['content-type']]).toEqual([200, 'text/html']);
  });

  it('resets the connection', async () => {
    const answer = await say(api.url, '[[cut after=500 reset=1]]').catch(() => ({ broken: true }));
    expect(answer.broken).toBe(true);
  });

  it('lets a compressed stream be read up to where it is cut', async () => {
    const { broken, text } = await say(api.url, '[[gzip]] [[cut after=3]]');
    expect(broken).toBe(true);
    expect(text.length).toBeGreaterThan(100);
  });

  it('fails inside the stream', async () => {
    const events = eventsOf((await say(api.url, '[[sse-error overloaded_error after=2]]')).text);
    expect(events.at(-1)!.data).toMatchObject({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    });
    expect(deltaText(events)).toBe('w1 w2 ');
  });

  it.each(['headers for=50', 'stream after=1 for=50', 'stream for=50 ping=10'])(
    'hangs (%s) and then breaks',
    async (how) => {
      const begun = performance.now();
      const answer = await say(api.url, `[[hang ${how}]]`).catch((error: NodeJS.ErrnoException) => error.code);
      expect(performance.now() - begun).toBeGreaterThan(45);
      if (typeof answer === 'object') expect(answer.broken).toBe(true);
      else expect(answer).toBe('ECONNRESET');
    },
  );

  it('refuses what is not a request', async () => {
    const refused = async (body: unknown) => JSON.parse((await post(api.url, body)).text).error.message as string;
    expect(await refused('{"model":')).toBe('The request body is not valid JSON.');
    expect(await refused({ messages: [] })).toBe('model: Field required');
    expect(await refused({ model: 'm', messages: [] })).toBe('messages: at least one message is required');
    expect(await refused({ model: 'm', messages: [{ role: 'bot', content: '' }] })).toMatch(/^messages.0.role/);
    expect((await call(api.url, 'GET', '/v1/nothing')).status).toBe(404);
    expect((await post(api.url, ask('x'.repeat(33 * 1024 * 1024)))).status).toBe(413);
  });
});

describe('size and speed', () => {
  it('sends 20 MB whole', async () => {
    const events = eventsOf((await say(api.url, '[[big bytes=20000000 chunk=4000]]')).text);
    expect(events.length).toBe(5_006);
    expect(deltaText(events) === bigText(20_000_000)).toBe(true);
  });

  it('sends 20,000 deltas in well under a second', async () => {
    const begun = performance.now();
    const { text } = await say(api.url, '[[text n=20000]]');
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(eventsOf(text).length).toBe(20_006);
  });

  it('answers 60 requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => say(api.url, `[[text n=20 delay=10]] [[end]] ${i}`)),
    );
    expect(new Set(answers.map(({ text }) => deltaText(eventsOf(text))).map((text) => text.length))).toEqual(
      new Set([71]),
    );
  });

  it('holds back for a reader that does not read', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const paused = request(`${api.url}/v1/messages`, { method: 'POST' });
    paused.on('error', () => undefined);
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => {
      paused.on('response', resolve);
      paused.end(JSON.stringify(ask('[[big bytes=500000000]]')));
    });
    response.pause();
    await say(api.url, '[[text n=10 delay=30]]');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
    paused.destroy();
  });
});
