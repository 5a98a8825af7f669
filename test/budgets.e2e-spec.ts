import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

/** Budgets of runs and callers, with the real CLI. */
describe('budgets', () => {
  let api: MessagesApi;
  let folder: string;

  beforeAll(async () => {
    api = await startMessagesApi();
    folder = mkdtempSync(join(tmpdir(), 'steward-budgets-'));
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => api.reset());

  /** Nothing of the request itself counts: 1 token in, and as many out as it says. */
  const FREE = '[[usage in=1 out=100 cache-read=0 cache-write=0]]';

  function start(
    budgets: object,
    env: Readonly<Record<string, string>> = {},
    dataDir?: string,
  ): Promise<ServerProcess> {
    const file = join(folder, `budgets-${performance.now()}.json`);
    writeFileSync(file, JSON.stringify(budgets));
    const all = { STEWARD_BUDGETS: file, ...env };
    return ServerProcess.start({ modelUrl: api.url, env: all, ...(dataDir === undefined ? {} : { dataDir }) });
  }

  describe('of a run', () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await start({}, { STEWARD_RUN_MAX_COST_USD: '5', STEWARD_RUN_MAX_TOKENS: '1000000' });
    });
    afterAll(() => server[Symbol.asyncDispose]());

    it.each([
      ['maxTokens', { maxTokens: 2000 }, { scope: 'run', maxTokens: 2000, maxCostUsd: '5' }],
      ['maxCostUsd', { maxCostUsd: '0.05' }, { scope: 'run', maxCostUsd: '0.05', maxTokens: 1_000_000 }],
    ])(
      '%s ends it in the middle of an answer; what it said stays, and the session goes on',
      async (_what, limit, details) => {
        const prompt = '[[usage in=1 cache-read=0 cache-write=0]] [[text n=9000 delay=1 size=20]]';
        const { id } = await server.client().submit({ prompt, ...limit });
        const frames = await collect(server.client().follow(id));
        expectWhole(frames);
        expect(frames.at(-1)).toMatchObject({
          type: 'run.failed',
          data: { error: { code: 'budget.exceeded', details } },
        });
        const run = await server.client().run(id);
        const streamed = frames.flatMap((frame) => (frame.type === 'text.delta' ? [frame.data.text] : []));
        expect(run.result?.text).toBe(streamed.join(''));
        expect(streamed.length).toBeGreaterThan(100);
        expect(streamed.length).toBeLessThan(8000);
        // One request and no repetition: the CLI was told not to ask again, and the provider that nobody listens.
        expect(api.journal.filter(({ path }) => path === '/v1/messages')).toHaveLength(1);
        expect(api.journal[0]).toMatchObject({ aborted: true });
        const next = await server.client().execute({ prompt: `${FREE} [[say on]]`, sessionId: run.sessionId });
        expect(next).toMatchObject({ state: 'completed', result: { text: 'on' } });
      },
    );

    it('uses what the provider told, also where the whole answer was there before anybody could break it off', async () => {
      // Only its last figure goes beyond the budget.
      const prompt = '[[usage in=1 out=9000 cache-read=0 cache-write=0]] [[say hello]]';
      for (let n = 0; n < 4; n += 1) {
        api.reset();
        const run = await server.client().execute({ prompt, maxCostUsd: '0.1' });
        expect(run).toMatchObject({ state: 'failed', error: { code: 'budget.exceeded' } });
        const { input_tokens: inputTokens, output_tokens: outputTokens } = api.served().usage;
        expect(run.usage).toMatchObject({ inputTokens, outputTokens });
      }
    });

    it('between two requests: the second one is not sent', async () => {
      const run = await server.client().execute({ prompt: `${FREE} [[bash ls]] [[say never]]`, maxTokens: 100 });
      expect(run).toMatchObject({ state: 'failed', error: { code: 'budget.exceeded' }, usage: { outputTokens: 100 } });
      expect(api.journal.filter(({ path }) => path === '/v1/messages')).toHaveLength(1);
    });

    it('is not above the operator’s, and above nothing', async () => {
      for (const [field, value] of [
        ['maxCostUsd', '5.01'],
        ['maxCostUsd', '0'],
        ['maxTokens', 1_000_001],
        ['maxTokens', 0],
      ] as const) {
        await expect(server.client().submit({ prompt: 'x', [field]: value })).rejects.toMatchObject({
          problem: { code: 'request.invalid', errors: [expect.objectContaining({ field })] },
        });
      }
    });
  });

  it('of a day: used up it refuses before anything starts, on every server, also after a kill -9', async () => {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    const budgets = { everyone: { day: { tokens: 300 } } };
    const first = await start(budgets, {}, dataDir);
    const completed = await first.client().execute({ prompt: `${FREE} [[say one]]` });
    expect(completed).toMatchObject({ state: 'completed', error: null });
    const { id } = await first
      .client()
      .submit({ prompt: '[[usage in=150 cache-read=0 cache-write=0]] [[text n=3000 delay=5]]', maxTokens: 190 });
    expect((await first.client().usage()).day.held.tokens).toBeGreaterThan(0);
    for await (const frame of first.client().follow(id)) if (frame.type === 'text.delta') break;
    await first.stop('SIGKILL');

    const second = await start(budgets, {}, dataDir);
    // The run that was killed with its server counts as far as it was seen.
    await expect.poll(async () => (await second.client().run(id)).state, { timeout: 60_000 }).toBe('failed');
    expect((await second.client().run(id)).usage.inputTokens).toBe(150);
    const held = async () => (await second.client().usage()).day.held;
    await expect.poll(held, { timeout: 20_000 }).toEqual({ costUsd: '0', tokens: 0 });
    const run = await second.client().execute({ prompt: `${FREE} [[say two]]` });
    expect(['completed', 'failed']).toContain(run.state);
    const before = api.journal.length;
    await expect(second.client().submit({ prompt: 'x' })).rejects.toMatchObject({
      problem: { status: 429, code: 'budget.exceeded', details: { scope: 'day', maxTokens: 300 } },
    });
    const refused = await send(second.url, '/api/v1/claude/execute/async', { method: 'POST', body: { prompt: 'x' } });
    const untilReset = (Date.parse(String(refused.problem.details['resetsAt'])) - Date.now()) / 1000;
    expect(Math.abs(Number(refused.headers['retry-after']) - untilReset)).toBeLessThan(5);
    expect(api.journal).toHaveLength(before);
    await second[Symbol.asyncDispose]();
  });

  it('what runs put aside at admission is not given twice, and comes back when they end', async () => {
    await using server = await start({ everyone: { month: { costUsd: '1' } } }, { STEWARD_WORKER_CONCURRENCY: '2' });
    const prompt = `${FREE} [[bash sleep 3]] [[say x]]`;
    const first = await server.client().submit({ prompt, maxCostUsd: '0.7' });
    const second = await server.client().submit({ prompt, maxCostUsd: '0.7' });
    await expect(server.client().submit({ prompt: 'x' })).rejects.toMatchObject({
      problem: { code: 'budget.exceeded', details: { scope: 'month', maxCostUsd: '1' } },
    });
    await server.client().cancel(first.id);
    for (const { id } of [first, second]) await collect(server.client().follow(id));
    const last = await server.client().execute({ prompt: `${FREE} [[say now]]`, maxCostUsd: '0.9' });
    expect(last).toMatchObject({ state: 'completed' });
  });
});
