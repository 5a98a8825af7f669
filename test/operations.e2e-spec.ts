import { beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const API = '/api/v1/claude';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: Record<string, unknown>; summary: string }>>;
  readonly components: { readonly schemas: Record<string, { properties: Record<string, unknown> }> };
}

/** What a person who runs the server looks at, and who may look. */
describe('operations', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer(
    { spares: true, env: { NOT_FOR_AGENTS: 'planted', LANG: 'C.UTF-8' } },
    (standing) => ({ api, server } = standing),
  );
  beforeAll(async () => {
    await server.client().execute({ prompt: '[[usage in=100 out=50]] [[say counted]]' });
  });

  it('answers probes', async () => {
    expect(await send(server.url, '/health/live')).toMatchObject({ status: 200 });
    const ready = await send(server.url, '/health/ready');
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'ok', info: { redis: { status: 'up' } } });
  });

  it('tells the state of the Claude part', async () => {
    const health = async () => JSON.parse((await send(server.url, `${API}/health`)).text) as unknown;
    await expect.poll(health, { timeout: 3000 }).toMatchObject({
      status: 'ok',
      role: 'all',
      draining: false,
      credential: true,
      cli: { ok: true, version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
      runs: { running: 0, open: 0 },
      sessions: { open: 1 },
    });
  });

  it('gives figures to Prometheus and, as JSON, to people', async () => {
    const scrape = await send(server.url, '/metrics');
    expect(scrape.headers['content-type']).toMatch(/^text\/plain/);
    expect(scrape.text).toMatch(/^# TYPE \S+ counter$/m);
    const names = [...scrape.text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
    const figures = JSON.parse((await send(server.url, `${API}/metrics`)).text) as Record<string, unknown>;
    const own = names.filter((name) => name.startsWith('steward_'));
    expect(own.length).toBeGreaterThan(10);
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(own));
    expect(scrape.text).toMatch(/state="completed"[^\n]* 1$/m);
  });

  it('describes every route as OpenAPI 3.1', async () => {
    const document = JSON.parse((await send(server.url, '/openapi.json')).text) as OpenApi;
    expect(document.openapi).toMatch(/^3\.1\./);
    const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(API, '')}`),
    );
    expect(routes.toSorted()).toEqual(
      [
        'POST /execute',
        'POST /execute/async',
        'POST /execute/stream',
        'GET /processes',
        'GET /processes/{id}',
        'DELETE /processes/{id}',
        'GET /processes/{id}/events',
        'POST /processes/{id}/interrupt',
        'POST /processes/{id}/input',
        'GET /processes/{id}/approvals',
        'POST /processes/{id}/approvals/{approvalId}',
        'GET /approvals',
        'POST /sessions',
        'GET /sessions',
        'GET /sessions/{id}',
        'GET /sessions/{id}/commands',
        'GET /sessions/{id}/events',
        'POST /sessions/{id}/fork',
        'POST /sessions/{id}/recover',
        'GET /sessions/{id}/files',
        'GET /sessions/{id}/files/{path}',
        'PUT /sessions/{id}/files/{path}',
        'DELETE /sessions/{id}/files/{path}',
        'GET /sessions/{id}/archive',
        'GET /sessions/{id}/diff',
        'GET /sessions/{id}/mcp',
        'GET /sessions/{id}/messages',
        'GET /sessions/{id}/usage',
        'DELETE /sessions/{id}',
        'GET /events',
        'GET /admin/clean-up',
        'GET /admin/usage',
        'GET /admin/queue',
        'POST /admin/queue/pause',
        'POST /admin/queue/resume',
        'PATCH /admin/workers/{id}',
        'GET /health',
        'GET /limits',
        'GET /metrics',
        'GET /usage',
      ].toSorted(),
    );
    for (const operations of Object.values(document.paths))
      for (const operation of Object.values(operations)) {
        expect(operation.summary).toBeTruthy();
        expect(Object.keys(operation.responses)).toContain('401');
      }
    const request = document.components.schemas['RunRequestDto'];
    expect(Object.keys(request!.properties)).toEqual(
      expect.arrayContaining([
        'prompt',
        'sessionId',
        'model',
        'allowedTools',
        'timeoutMs',
        'outputSchema',
        'attachments',
        'metadata',
      ]),
    );
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(document.components.schemas).toHaveProperty(name!);
  });

  it('shows the documentation as a page', async () => {
    const { status, headers, text } = await send(server.url, '/docs');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    expect(text).toContain('Steward');
  });

  it('names each request, by the caller’s own name where it is sane', async () => {
    const named = await send(server.url, `${API}/health`, { headers: { 'x-request-id': 'my-request.7' } });
    expect(named.headers['request-id']).toBe('my-request.7');
    await expect.poll(() => server.output(), { timeout: 3000 }).toContain('"id":"my-request.7"');
    const odd = await send(server.url, `${API}/health`, { headers: { 'x-request-id': 'a b"c' } });
    expect(odd.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('without keys answers to this machine only, and to no page of another site', async () => {
    const { host } = new URL(server.url);
    const foreign: Record<string, string>[] = [
      { host: 'rebound.example' },
      { host: 'rebound.example:8080' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:1' },
    ];
    for (const headers of foreign) {
      const call = { method: 'POST', body: { prompt: 'x' }, headers };
      const answer = await send(server.url, `${API}/execute/async`, call);
      expect(answer).toMatchObject({ status: 403, problem: { code: 'request.foreign_origin' } });
    }
    const own: Record<string, string>[] = [
      { origin: `http://${host}` },
      { host: `localhost:${new URL(server.url).port}` },
    ];
    for (const headers of own) expect((await send(server.url, `${API}/processes`, { headers })).status).toBe(200);
    expect((await server.client().runs()).data).toHaveLength(1);
  });

  it('shows agents nothing of its own environment, and the session its own folders', async () => {
    const run = await server.client().execute({ prompt: '[[bash env | sort; pwd]] [[result]]' });
    const text = run.result!.text;
    const shown = Object.fromEntries(
      text
        .split('\n')
        .flatMap((line) => (/^\w+=/.test(line) ? [[line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]] : [])),
    );
    expect(text).not.toMatch(/planted|STEWARD_(DATA|CACHE)_DIR|REDIS_URL/);
    // Its id, or the name of the spare process that it began in.
    const [root] = /^.*\/sessions\/[0-9a-f-]{36}/.exec(shown['HOME'] ?? '') ?? [''];
    expect(root.startsWith(server.dataDir)).toBe(true);
    expect(shown).toMatchObject({ HOME: `${root}/home`, CLAUDE_CONFIG_DIR: `${root}/config`, LANG: 'C.UTF-8' });
    expect(shown['TMPDIR']).toContain(`${root}/tmp`);
    expect(text.trimEnd().split('\n').at(-1)).toBe(`${root}/workspace`);
  });

  it.each(['/clear', '/compact now', '@/etc/hostname tell me', '!ls', '# remember this', '--help'])(
    'gives the prompt %s to the model as it is',
    async (prompt) => {
      api.setDefault('[[say understood]]');
      const run = await server.client().execute({ prompt });
      expect(run).toMatchObject({ state: 'completed', result: { text: 'understood' } });
      const { messages } = api.journal.findLast((entry) => entry.kind === 'default')!.body!;
      const last = messages.findLast((message) => message.role === 'user')!;
      const texts = (last.content as readonly { type: string; text?: string }[]).map((block) => block.text);
      expect(texts).toContain(prompt);
      expect(JSON.stringify(messages)).not.toMatch(/<command-name>|Contents of|hostname\\n/);
    },
  );

  it('answers the same run to the same Idempotency-Key, and refuses another body under it', async () => {
    const call = (prompt: string, key = 'once') =>
      send(server.url, `${API}/execute/async`, {
        method: 'POST',
        body: { prompt },
        headers: { 'idempotency-key': key },
      });
    const first = await call('[[say one]]');
    const idOf = (text: string) => (JSON.parse(text) as { id: string }).id;
    expect(first.status).toBe(202);
    expect(first.headers['location']).toBe(`${API}/processes/${idOf(first.text)}`);
    expect(idOf((await call('[[say one]]')).text)).toBe(idOf(first.text));
    expect(await call('[[say two]]')).toMatchObject({ status: 422, problem: { code: 'idempotency.conflict' } });
    expect(idOf((await call('[[say one]]', 'other')).text)).not.toBe(idOf(first.text));
    const racing = await Promise.all(Array.from({ length: 10 }, () => call('[[say three]]', 'race')));
    const accepted = racing.filter((answer) => answer.status === 202).map((answer) => idOf(answer.text));
    expect(new Set(accepted).size).toBe(1);
    for (const { status } of racing) expect([202, 409]).toContain(status);
    expect(idOf((await call('[[say three]]', 'race')).text)).toBe(accepted[0]);
  });

  it('bears a system prompt of 300 KB, and plays no flag of it', async () => {
    // By its prompt: runs of other tests may still be under way.
    const systemOf = (prompt: string) =>
      JSON.stringify(
        api.journal.findLast((entry) => entry.kind === 'step' && entry.prompt?.includes(prompt))?.body?.system,
      );
    const systemPrompt = `--version\n${'ä'.repeat(99_000)}`;
    const run = await server.client().execute({ prompt: '[[say replaced]]', systemPrompt });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'replaced' } });
    expect(systemOf('[[say replaced]]')).toContain(JSON.stringify(systemPrompt).slice(1, -1));
    const appendSystemPrompt = 'ß'.repeat(100_000);
    const { sessionId } = run;
    const appended = await server.client().execute({ prompt: '[[say added]]', appendSystemPrompt, sessionId });
    expect(appended).toMatchObject({ state: 'completed', result: { text: 'added' } });
    expect(systemOf('[[say added]]')).toContain(appendSystemPrompt);
    expect(systemOf('[[say added]]')).not.toContain('ä'.repeat(1000));
  });
});
