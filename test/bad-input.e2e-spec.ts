import { hashKey, newKey } from '@steward/identity';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { type Call, send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const API = '/api/v1/claude';
const UNKNOWN = '01988888-8888-7888-8888-888888888888';
const [annKey, bobKey] = [newKey(), newKey()];
const keys = `ann:acme:user:${hashKey(annKey)},bob:acme:user:${hashKey(bobKey)}`;

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** What is wrong is named, nothing begins because of it, and the server goes on. */
describe('bad input over HTTP', () => {
  let api: MessagesApi;
  let server: ServerProcess;
  let annRun: string;
  let annSession: string;

  withServer(
    {
      cold: true,
      env: { STEWARD_API_KEYS: keys, STEWARD_MAX_BODY_BYTES: '300000', STEWARD_MAX_PROMPT_BYTES: '100000' },
    },
    (standing) => ({ api, server } = standing),
  );
  beforeAll(async () => {
    const run = await server.client(annKey).execute({ prompt: '[[say hello]]' });
    [annRun, annSession] = [run.id, run.sessionId];
    api.reset();
  });
  afterEach(async () => {
    const runs = await server.client(annKey).runs();
    expect(runs.data.map(({ id }) => id)).toEqual([annRun]);
    const sessions = await server.client(annKey).sessions();
    expect(sessions.data.map(({ id }) => id)).toEqual([annSession]);
    expect((await server.client(bobKey).runs()).data).toEqual([]);
    expect(api.journal).toEqual([]);
    expect((await send(server.url, '/health/live')).status).toBe(200);
  });

  const as = (key: string, call: Call = {}): Call => ({
    ...call,
    headers: { authorization: `Bearer ${key}`, ...call.headers },
  });

  async function expectProblem(path: string, call: Call, status: number, code: string) {
    const answer = await send(server.url, path, call);
    expect([answer.status, answer.problem.code], answer.text.slice(0, 500)).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const { problem } = answer;
    expect(problem).toMatchObject({ status, retryable: expect.any(Boolean) as boolean });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(problem.requestId).toBe(answer.headers['request-id']);
    expect(answer.text).not.toMatch(/node_modules|\bat \w+ \(/);
    return answer;
  }

  it.each<[string, unknown, string, RegExp]>([
    ['no prompt', {}, 'prompt', /command/],
    ['an empty prompt', { prompt: '' }, 'prompt', /longer than or equal to 1/],
    ['a blank prompt', { prompt: ' \n\t ' }, 'prompt', /blank|empty/],
    ['a prompt that is a number', { prompt: 7 }, 'prompt', /string/],
    ['a prompt that is null', { prompt: null }, 'prompt', /string/],
    ['a prompt that is a list', { prompt: ['x'] }, 'prompt', /string/],
    ['a prompt above the bound', { prompt: 'ä'.repeat(60_000) }, 'prompt', /longer than 100000 bytes/],
    ['an unknown field', { prompt: 'x', promt: 'y' }, 'promt', /not a field/],
    ['a class by itself', { prompt: 'x', agents: { a: { constructor: 'x', prompt: 'y' } } }, 'agents', /constructor/],
    ['one in a list', { prompt: 'x', attachments: [[null, { constructor: {} }]] }, 'attachments', /constructor/],
    ['a field of the prototype', JSON.parse('{"prompt":"x","__proto__":{"a":1}}'), '__proto__', /not a field/],
    ['a null for an optional field', { prompt: 'x', model: null }, 'model', /string/],
    ['a number as text', { prompt: 'x', timeoutMs: '1000' }, 'timeoutMs', /integer/],
    ['a fraction', { prompt: 'x', maxTurns: 1.5 }, 'maxTurns', /integer/],
    ['a number below the bound', { prompt: 'x', timeoutMs: 1 }, 'timeoutMs', /less than 100/],
    ['a number above the bound', { prompt: 'x', timeoutMs: 9e9 }, 'timeoutMs', /greater than/],
    ['an unknown choice', { prompt: 'x', busyPolicy: 'wait' }, 'busyPolicy', /enqueue, reject/],
    ['a mode that does not exist', { prompt: 'x', permissionMode: 'nonsense' }, 'permissionMode', /one of/],
    ['tools as a text', { prompt: 'x', allowedTools: 'Bash' }, 'allowedTools', /array/],
    ['a tool that ends its rule', { prompt: 'x', allowedTools: ['Bash,Write'] }, 'allowedTools', /match/],
    ['a model like a flag', { prompt: 'x', model: '--help' }, 'model', /match/],
    ['metadata that is a list', { prompt: 'x', metadata: [] }, 'metadata', /object/],
    ['metadata with objects', { prompt: 'x', metadata: { a: {} } }, 'metadata', /texts/],
    [
      'metadata of too many',
      { prompt: 'x', metadata: Object.fromEntries([...Array(17).keys()].map((key) => [key, 'x'])) },
      'metadata',
      /at most 16/,
    ],
    ['a NUL in the prompt', { prompt: 'a\0b' }, 'prompt', /NUL/],
    ['a NUL in the system prompt', { prompt: 'x', systemPrompt: 'a\0b' }, 'systemPrompt', /NUL/],
    ['a schema that is a list', { prompt: 'x', outputSchema: [] }, 'outputSchema', /JSON object/],
  ])('refuses %s', async (_name, body, field, reason) => {
    for (const path of ['/execute', '/execute/async']) {
      const call = as(annKey, { method: 'POST', body: body as object });
      const { problem } = await expectProblem(API + path, call, 400, 'request.invalid');
      expect(problem.errors).toHaveLength(1);
      expect(problem.errors[0]).toMatchObject({ field });
      expect(problem.errors[0]!.reason).toMatch(reason);
      expect(problem.detail).toContain(field);
    }
  });

  it.each<[string, string, number, string]>([
    ['malformed JSON', '{"prompt": "x"', 400, 'request.invalid'],
    ['a body that is not UTF-8', '\xff\xfe', 400, 'request.invalid'],
    ['a text instead of an object', '"prompt"', 400, 'request.invalid'],
    ['a list instead of an object', '[]', 400, 'request.invalid'],
    ['null', 'null', 400, 'request.invalid'],
    ['no body', '', 400, 'request.invalid'],
    ['metadata 100,000 deep', `{"prompt":"x","metadata":${nested(100_000, '[', ']')}}`, 400, 'request.invalid'],
    [
      'a schema 40,000 deep',
      `{"prompt":"x","outputSchema":${nested(40_000, '{"a":', '0}').replace(/0}/, '0}')}}`,
      400,
      'request.invalid',
    ],
    ['an unknown field 100,000 deep', `{"prompt":"x","y":${nested(100_000, '[', ']')}}`, 400, 'request.invalid'],
    ['too large a body', JSON.stringify({ prompt: 'x'.repeat(300_000) }), 413, 'request.too_large'],
  ])('refuses %s', async (_name, body, status, code) => {
    const call = as(annKey, { method: 'POST', body: Buffer.from(body, 'latin1') });
    const { problem } = await expectProblem(`${API}/execute/async`, call, status, code);
    if (status === 413) expect(problem.detail).toContain('300000');
    else expect(problem.errors[0]!.reason.length).toBeGreaterThan(5);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/mixed; boundary=x'])(
    'refuses a body of type %s',
    async (type) => {
      const call = as(annKey, { method: 'POST', body: '{"prompt":"x"}', headers: { 'content-type': type } });
      await expectProblem(`${API}/execute/async`, call, 415, 'request.media_type');
    },
  );

  it.each([
    ['GET', `/processes/${UNKNOWN}`, 404, 'run.not_found'],
    ['DELETE', `/processes/${UNKNOWN}`, 404, 'run.not_found'],
    ['GET', `/processes/${UNKNOWN}/events`, 404, 'run.not_found'],
    ['GET', '/processes/..%2f..%2fetc', 404, 'run.not_found'],
    ['GET', '/processes/%00', 404, 'run.not_found'],
    ['GET', '/processes/%E0%A4%A', 400, 'request.invalid'],
    ['GET', `/sessions/${UNKNOWN}`, 404, 'session.not_found'],
    ['DELETE', '/sessions/x', 404, 'session.not_found'],
    ['GET', '/nothing', 404, 'request.not_found'],
    ['POST', '/health', 405, 'request.method_not_allowed'],
    ['PUT', '/execute', 405, 'request.method_not_allowed'],
    ['PATCH', `/processes/${UNKNOWN}`, 405, 'request.method_not_allowed'],
    ['GET', '/execute/async', 405, 'request.method_not_allowed'],
  ])('%s %s: %i %s', async (method, path, status, code) => {
    await expectProblem(API + path, as(annKey, { method }), status, code);
  });

  it('says which methods there are', async () => {
    const answer = await send(server.url, `${API}/processes/${UNKNOWN}`, as(annKey, { method: 'PUT' }));
    expect(answer.headers['allow']).toBe('GET, HEAD, DELETE');
  });

  it.each([
    ['/processes?limit=0', 'limit'],
    ['/processes?limit=201', 'limit'],
    ['/processes?limit=ten', 'limit'],
    ['/processes?limit=1&limit=2', 'limit'],
    ['/processes?cursor=garbage', 'cursor'],
    ['/processes?cursor=', 'cursor'],
    ['/processes?state=done', 'state'],
    ['/processes?colour=red', 'colour'],
    ['/sessions?cursor=djE6eA', 'cursor'],
    ['/sessions?limit=-1', 'limit'],
  ])('GET %s names the field %s', async (path, field) => {
    const { problem } = await expectProblem(API + path, as(annKey), 400, 'request.invalid');
    expect(problem.errors).toEqual([{ field, reason: expect.any(String) as string }]);
  });

  it.each([
    ['?after=x', {}, 'after'],
    ['?after=-1', {}, 'after'],
    ['?after=9999', {}, 'after'],
    ['', { 'last-event-id': 'garbage' }, 'Last-Event-ID'],
    ['', { 'last-event-id': '9999' }, 'Last-Event-ID'],
    ['?limit=0', { accept: 'application/json' }, 'limit'],
  ])('refuses the position %s %o of a run', async (query, headers, field) => {
    const path = `${API}/processes/${annRun}/events${query}`;
    const { problem } = await expectProblem(path, as(annKey, { headers }), 400, 'request.invalid');
    expect(problem.errors.map((error) => error.field)).toEqual([field]);
  });

  it('knows nobody without a key, or with a wrong one', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { 'x-api-key': 'wrong' },
      { authorization: `Basic ${annKey}` },
    ]) {
      const answer = await expectProblem(
        `${API}/processes`,
        { headers: headers as Record<string, string> },
        401,
        'auth.required',
      );
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect((await send(server.url, `${API}/processes`, { headers: { 'x-api-key': annKey } })).status).toBe(200);
  });

  it("shows another user's things to nobody", async () => {
    for (const [method, path, code] of [
      ['GET', `/processes/${annRun}`, 'run.not_found'],
      ['DELETE', `/processes/${annRun}`, 'run.not_found'],
      ['GET', `/processes/${annRun}/events`, 'run.not_found'],
      ['GET', `/sessions/${annSession}`, 'session.not_found'],
      ['DELETE', `/sessions/${annSession}`, 'session.not_found'],
    ] as const)
      await expectProblem(API + path, as(bobKey, { method }), 404, code);
    const body = { prompt: 'x', sessionId: annSession };
    await expectProblem(`${API}/execute/async`, as(bobKey, { method: 'POST', body }), 404, 'session.not_found');
  });

  it('refuses an Idempotency-Key that is none', async () => {
    const call = { method: 'POST', body: { prompt: 'x' }, headers: { 'idempotency-key': 'x'.repeat(256) } };
    const { problem } = await expectProblem(`${API}/execute/async`, as(annKey, call), 400, 'request.invalid');
    expect(problem.errors[0]?.field).toBe('Idempotency-Key');
  });
});
