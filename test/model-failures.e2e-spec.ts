import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { collect } from './support/collect.js';
import { CuttingProxy } from './support/cutting.proxy.js';
import { expectWhole } from './support/frames.js';
import { ServerProcess } from './support/server.process.js';
import { withServer } from './support/server.fixture.js';

/** How one failure reached its caller. */
interface Told {
  readonly failure: string;
  readonly code: string;
  readonly requests: number;
  readonly toldMs: number;
}

const table: Told[] = [];

/** From the submission to the end that a reader sees, and then whether the same session works. */
async function fails(server: ServerProcess, failure: string, prompt: string, nextPrompt = '[[say on]]') {
  const client = server.client();
  const asked = performance.now();
  const { id, sessionId } = await client.submit({ prompt });
  const frames = await collect(client.follow(id));
  const toldMs = Math.round(performance.now() - asked);
  expectWhole(frames);
  const run = await client.run(id);
  const next = await client.execute({ prompt: nextPrompt, sessionId });
  table.push({ failure, code: run.error?.code ?? run.state, requests: run.metering?.requests ?? 0, toldMs });
  return { run, next, frames };
}

afterAll(() => {
  // The time until a caller knows is for people: a busy machine must not fail on it.
  console.table(table.toSorted((one, other) => one.failure.localeCompare(other.failure)));
});

/** The model provider fails in all its ways, through the real CLI: the run ends soon, with a code that fits. */
describe('a model provider that fails', () => {
  let server: ServerProcess;

  withServer(
    {
      cold: true,
      model: { hostTexts: RESUME_TURNS },
      env: {
        STEWARD_API_TIMEOUT_MS: '4000',
        STEWARD_MODEL_FIRST_BYTE_MS: '2000',
        STEWARD_MODEL_STALL_MS: '2000',
        STEWARD_MODEL_SILENCE_MS: '3000',
        STEWARD_WORKER_CONCURRENCY: '8',
        STEWARD_PARK_AFTER_MS: '600000',
        STEWARD_RETRY_BASE_MS: '50',
      },
    },
    (standing) => ({ server } = standing),
  );

  it.concurrent.each([
    ['400', '[[error 400]]', 'model.invalid_request', 1],
    [
      '400, out of credit',
      '[[error 400 message=Your credit balance is too low to access the API.]]',
      'model.billing',
      1,
    ],
    ['401', '[[error 401]]', 'auth.failed', 1],
    ['402', '[[error 402]]', 'model.billing', 1],
    ['403', '[[error 403]]', 'auth.failed', 1],
    ['404, the model', '[[error 404]]', 'model.not_found', null],
    ['413', '[[error 413]]', 'model.prompt_too_long', 1],
    ['429', '[[error 429]]', 'model.rate_limited', 3],
    ['429, Retry-After: 1', '[[error 429 retry-after=1]]', 'model.rate_limited', 3],
    ['429, Retry-After: 5', '[[error 429 retry-after=5 times=1]] [[say x]]', 'completed', 2],
    ['429, Retry-After: 120', '[[error 429 retry-after=120]]', 'model.rate_limited', 1],
    ['429, x-should-retry: false', '[[error 429 should-retry=false]]', 'model.rate_limited', 1],
    ['500', '[[error 500]]', 'model.failed', 3],
    ['502, a page', '[[error 502]]', 'model.failed', 3],
    ['529', '[[error 529]]', 'model.overloaded', 3],
    ['429, Retry-After: soon', '[[error 429 retry-after=soon]]', 'model.rate_limited', 3],
    ['429, Retry-After: -5', '[[error 429 retry-after=-5]]', 'model.rate_limited', 3],
    // As a silent stream: left by the gateway, asked for once more.
    ['no headers', '[[hang headers]]', 'model.unreachable', 2],
    ['a stream that falls silent', '[[hang stream after=3]] [[text n=9]]', 'model.stalled', null],
    ['a stream with pings only', '[[hang stream after=3 ping=200]] [[text n=9]]', 'model.stalled', null],
    ['a stream that is cut', '[[cut after=3]] [[text n=9]]', 'model.unreachable', null],
    ['malformed SSE', '[[malformed]] [[text n=9]]', 'model.unreachable', null],
    ['an error in mid-stream', '[[sse-error overloaded_error]] [[text n=9]]', 'model.overloaded', null],
  ])('%s ends as %s', async (failure, prompt, code, requests) => {
    const { run, next } = await fails(server, failure, prompt);
    expect(run.error?.code ?? run.state).toBe(code);
    expect(run.error?.details ?? {}).not.toHaveProperty('classifiedBy');
    if (failure === 'no headers') expect(run.error?.details).toMatchObject({ cause: 'ETIMEDOUT' });
    if (requests !== null) expect(run.metering?.requests).toBe(requests);
    expect(next).toMatchObject({ state: 'completed', result: { text: 'on' } });
  });

  it('is asked three times by the CLI, and once by each further attempt', async () => {
    const run = await server.client().execute({ prompt: '[[error 500]]', maxAttempts: 3 });
    expect(run).toMatchObject({ attempts: 3, error: { code: 'model.failed' }, metering: { requests: 5 } });
  });

  it('has no more time for a retry than the run', async () => {
    const run = await server.client().execute({ prompt: '[[error 500]]', maxAttempts: 10, timeoutMs: 4000 });
    expect(run).toMatchObject({ state: 'failed' });
    expect(['model.failed', 'run.timed_out']).toContain(run.error?.code);
    expect(run.attempts).toBeLessThan(10);
  });

  it('tells of each repeated request while it waits', async () => {
    const { id } = await server.client().submit({ prompt: '[[error 529 times=1]] [[say made it]]' });
    const frames = await collect(server.client().follow(id));
    const retry = frames.find((frame) => frame.type === 'run.progress' && frame.data.activity === 'api_retry');
    expect(retry?.data).toMatchObject({ attempt: 1, maxRetries: 2, status: 529 });
    expect(frames.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { text: 'made it' } } });
  });

  it.concurrent.each([
    ['the model streams', '[[text n=2000 delay=20]]'],
    ['no headers come', '[[hang headers]]'],
    ['Bash works', '[[bash sleep 300]]'],
  ])('times out while %s', async (_name, prompt) => {
    const run = await server.client().execute({ prompt, timeoutMs: 900 });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'run.timed_out', details: { timeoutMs: 900 } } });
    const took = Date.parse(run.endedAt!) - Date.parse(run.startedAt!);
    expect(took).toBeGreaterThanOrEqual(890);
    // Of 300 s that the command takes.
    expect(took).toBeLessThan(15_000);
    const next = await server.client().execute({ prompt: '[[say on]]', sessionId: run.sessionId });
    expect(next.result?.text).toBe('on');
  });

  it('leaves nothing behind', async () => {
    await vi.waitFor(async () => expect(await server.agentProcesses()).toEqual([]), { timeout: 3000 });
  });
});

/** Trouble on the way to the provider. */
describe('a model provider that cannot be reached', () => {
  let api: MessagesApi;
  beforeAll(async () => {
    api = await startMessagesApi();
  });
  afterAll(() => api.close());

  it('refuses connections, and then takes them', async () => {
    const place = createServer();
    place.listen(0, '127.0.0.1');
    await once(place, 'listening');
    const { port } = place.address() as AddressInfo;
    await new Promise((done) => place.close(done));
    await using server = await ServerProcess.start({ modelUrl: `http://127.0.0.1:${port}`, cold: true });
    const client = server.client();
    const asked = performance.now();
    const failed = await client.execute({ prompt: '[[say never]]' });
    expect(failed).toMatchObject({
      error: { code: 'model.unreachable', details: { cause: 'ECONNREFUSED' } },
      metering: { requests: 3 },
    });
    const toldMs = Math.round(performance.now() - asked);
    table.push({ failure: 'refused connection', code: 'model.unreachable', requests: 3, toldMs });
    const repeated = await client.execute({ prompt: '[[say never]]', maxAttempts: 2 });
    expect(repeated).toMatchObject({ attempts: 2, error: { code: 'model.unreachable' }, metering: { requests: 4 } });
    await using proxy = await CuttingProxy.start(api.url, () => Infinity, port);
    const next = await client.execute({ prompt: '[[say on]]', sessionId: failed.sessionId });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'on' } });
    expect(proxy.connections).toBeGreaterThan(0);
  });

  it('has no address', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    const server = await ServerProcess.start({ modelUrl: 'http://model.invalid', cold: true, dataDir });
    const { run } = await fails(server, 'DNS failure', '[[say never]]');
    expect(run).toMatchObject({ state: 'failed', error: { code: 'model.unreachable' } });
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(run.error?.details['cause']);
    await server.stop();
    // Somebody mends the address: the session goes on.
    const mended = await ServerProcess.start({ modelUrl: api.url, cold: true, dataDir });
    const next = await mended.client().execute({ prompt: '[[say on]]', sessionId: run.sessionId });
    await mended.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    expect(next).toMatchObject({ state: 'completed', result: { text: 'on' } });
  });
});
