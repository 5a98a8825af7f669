import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Frame } from '@steward/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { fingerprint } from './messages-api/request/kept.headers.js';
import { anatomyOf } from './support/anatomy.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

const MARKER = 'sk-ant-MARKER-0123456789abcdef';

/** Empty when it is gone by now. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The real CLI behind the model gateway of a real server. */
describe('the model gateway, with the real CLI', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer(
    {
      cold: true,
      env: {
        ANTHROPIC_API_KEY: MARKER,
        STEWARD_API_MAX_RETRIES: '1',
        STEWARD_LOG_LEVEL: 'trace',
        STEWARD_WORKER_CONCURRENCY: '5',
        STEWARD_AUTO_ALLOWED_TOOLS: 'Bash,Agent',
      },
    },
    (standing) => ({ api, server } = standing),
  );
  beforeEach(() => api.reset());

  const metric = async (name: string): Promise<number> => {
    const { text } = await send(server.url, '/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  it('the operator’s credential reaches the provider, and nobody else', async () => {
    // Written so that the words of the command are not what it looks for.
    const search = [
      "m=$(printf 'sk-ant-%s-0123456789abcdef' MARKER)",
      'echo env $(env | grep -c "$m")',
      'echo environ $(cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -c "$m")',
      'echo cmdline $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -cFf <(printf %s "$m"))',
      'echo files $(grep -rlsF -- "$m" "$HOME" "$CLAUDE_CONFIG_DIR" "$TMPDIR" . .. ../.. ../../.. | wc -l)',
      'echo base "$ANTHROPIC_BASE_URL"',
    ].join('; ');
    const { id } = await server.client().submit({ prompt: `[[bash ${search}]] [[bash sleep 3]] [[say done]]` });
    await expect.poll(() => api.journal.length, { timeout: 30_000 }).toBe(2);
    // While its agent lives: every process that was started for it, its keepers, and the private Redis.
    const pids = [...(await server.agentProcesses()), ...(await server.helpers())];
    expect(pids.length).toBeGreaterThan(3);
    const told = pids.flatMap((pid) => ['environ', 'cmdline'].map((file) => textOf(`/proc/${pid}/${file}`)));
    expect(told.join('').length).toBeGreaterThan(1000);
    for (const text of told) expect(text).not.toContain(MARKER);
    const frames = await collect(server.client().follow(id));
    expectWhole(frames);
    const found = frames.flatMap((frame) => (frame.type === 'tool.finished' ? [frame.data.output] : []))[0];
    expect(found).toMatch(/^env 0\nenviron 0\ncmdline 0\nfiles 0\nbase http:\/\/127\.0\.0\.1:\d+$/);
    expect(found).not.toContain(api.url);
    const failed = await server.client().execute({ prompt: '[[error 401]]' });
    expect(failed.error?.code).toBe('auth.failed');
    const shown = [frames, failed, await server.client().history(failed.id), server.output()];
    expect(JSON.stringify(shown)).not.toContain(MARKER);
    // grep answers 1 when it finds nothing.
    expect(() => execFileSync('grep', ['-rlsF', '--', MARKER, server.dataDir])).toThrow(
      expect.objectContaining({ status: 1 }),
    );
    expect(new Set(api.journal.flatMap(({ headers }) => headers['x-api-key'] ?? []))).toEqual(
      new Set([`sha256:${fingerprint(MARKER)}`]),
    );
  });

  it('a run whose CLI is killed in mid-stream has used what the provider declared', async () => {
    const before = await metric('steward_usage_differences_total');
    const { id } = await server.client().submit({ prompt: '[[text n=3000 delay=5]]' });
    for await (const frame of server.client().follow(id)) if (frame.type === 'text.delta') break;
    const { cli } = await anatomyOf(server.dataDir);
    process.kill(cli!, 'SIGKILL');
    const frames = await collect(server.client().follow(id));
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code: 'cli.crashed' } } });
    const run = await server.client().run(id);
    const { usage } = api.served();
    expect(run.usage).toEqual({
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      cacheReadInputTokens: usage.cache_read_input_tokens,
      cacheCreationInputTokens: usage.cache_creation_input_tokens,
    });
    expect(run.metering).toMatchObject({ source: 'wire', requests: 1, failedRequests: 1, unpricedModels: [] });
    expect(run.metering?.estimatedOutputTokens).toBeGreaterThan(0);
    // It had passed on what the answer began with, and never came to what that costs: the difference is counted.
    const same = { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 };
    expect(run.metering?.cliDifference).toEqual({ ...same, costUsd: expect.stringMatching(/^-0\.\d+$/) as string });
    expect(await metric('steward_usage_differences_total')).toBe(before + 1);
  });

  it('wire and CLI agree on a run in which nothing broke, and differ where the CLI left something out', async () => {
    const plain = await server.client().execute({ prompt: '[[bash ls]] [[say done]]' });
    expect(plain.metering).toEqual({
      source: 'wire',
      requests: 2,
      failedRequests: 0,
      estimatedOutputTokens: 0,
      unpricedModels: [],
      cliDifference: null,
    });
    const before = await metric('steward_usage_differences_total');
    const unknown = await server.client().execute({ prompt: '[[say x]]', model: 'claude-nobody-9' });
    expect(unknown.metering).toMatchObject({ unpricedModels: ['claude-nobody-9'] });
    expect(Number(unknown.metering?.cliDifference?.costUsd)).not.toBe(0);
    expect(unknown.metering?.cliDifference).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(await metric('steward_usage_differences_total')).toBe(before + 1);
  });

  it('usage grows while a run goes on, and tells each request', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=400 delay=5]] [[bash ls]] [[say done]]' });
    const frames = await collect(server.client().follow(id));
    const usages = frames.flatMap((frame) => (frame.type === 'usage' ? [frame.data] : []));
    const costs = usages.map(({ costUsd }) => Number(costUsd));
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(usages.filter(({ request }) => request)).toHaveLength(2);
    expect(usages.at(-1)?.request).toMatchObject({ status: 200, outcome: 'answered', retry: 0 });
    expect(usages.at(-1)).toMatchObject({
      costUsd: (frames.at(-1) as Frame<'run.completed'>).data.costUsd,
      estimatedOutputTokens: 0,
    });
  });

  it.each([
    ['[[error 429 times=1 retry-after=1]]', { activity: 'rate_limit', status: 429, delayMs: 1000 }],
    ['[[error 529 times=1]]', { activity: 'model_error', status: 529 }],
    ['[[cut after=2 times=1]] [[text n=5]]', { activity: 'model_error', status: 200 }],
  ])('%s is told before the CLI tells it', async (prompt, expected) => {
    const { id } = await server.client().submit({ prompt: `${prompt} [[say made it]]` });
    const frames = await collect(server.client().follow(id));
    const told = frames.flatMap((frame) => (frame.type === 'run.progress' ? [frame.data] : []));
    const first = told.findIndex(({ activity }) => activity === expected.activity);
    expect(told[first]).toMatchObject(expected);
    const retry = told.findIndex(({ activity }) => activity === 'api_retry');
    if (retry !== -1) expect(first).toBeLessThan(retry);
    expect(frames.at(-1)?.type).toBe('run.completed');
  });

  it('fifty requests at once, of subagents of five runs', async () => {
    const call = { description: 'x', prompt: '[[slow first=4000]] [[say mine]]', subagent_type: 'general-purpose' };
    const calls = Array.from({ length: 10 }, () => ({ name: 'Agent', input: { ...call, run_in_background: false } }));
    const prompt = `[[tools ${JSON.stringify(calls)}]] [[say all]]`;
    const started = await Promise.all(
      Array.from({ length: 5 }, (_, n) => server.client().submit({ prompt: `${n} ${prompt}` })),
    );
    await expect.poll(() => metric('steward_model_requests_running '), { timeout: 60_000, interval: 50 }).toBe(50);
    await Promise.all(started.map(({ id }) => collect(server.client().follow(id))));
    const runs = await Promise.all(started.map(({ id }) => server.client().run(id)));
    expect(runs.map(({ state, metering }) => [state, metering?.requests, metering?.cliDifference])).toEqual(
      Array.from({ length: 5 }, () => ['completed', 12, null]),
    );
    const output = runs.reduce((sum, { usage }) => sum + usage.outputTokens, 0);
    expect(output).toBe(api.served().usage.output_tokens);
  });

  it('a slow provider is waited for, and left at once by a run that is cancelled', async () => {
    const slow = await server.client().execute({ prompt: '[[slow first=1500]] [[say at last]]' });
    expect(slow.result?.text).toBe('at last');
    const { id } = await server.client().submit({ prompt: '[[hang headers]]' });
    const hanging = () => api.journal.find(({ step }) => step.includes('hang'));
    await expect.poll(hanging, { timeout: 30_000 }).toBeDefined();
    await server.client().cancel(id);
    await expect.poll(() => hanging()?.aborted, { timeout: 30_000 }).toBe(true);
  });

  it('health says how the model is reached, and where the gateway is not in the path', async () => {
    const health = async (url: string) =>
      JSON.parse((await send(url, '/api/v1/claude/health')).text) as Record<string, unknown>;
    const prices = expect.objectContaining({ date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string }) as object;
    expect(await health(server.url)).toMatchObject({
      status: 'ok',
      model: { provider: 'anthropic', inPath: true, upstream: api.url, prices },
    });
    await using cloud = await ServerProcess.start({
      modelUrl: api.url,
      env: { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'nowhere-1', ANTHROPIC_BEDROCK_BASE_URL: api.url },
    });
    expect(await health(cloud.url)).toMatchObject({
      status: 'ok',
      model: { provider: 'bedrock', inPath: false, upstream: null },
    });
    await expect(cloud.client().submit({ prompt: 'x', maxTokens: 5 })).rejects.toMatchObject({
      problem: { code: 'request.invalid', errors: [{ field: 'maxTokens' }] },
    });
    const prompt = '[[bash env | grep -E "BEDROCK|AWS_|ANTHROPIC_API|ANTHROPIC_BASE"]]';
    const { id } = await cloud.client().submit({ prompt, timeoutMs: 5000 });
    await expect.poll(async () => (await anatomyOf(cloud.dataDir)).cli, { timeout: 20_000 }).toBeDefined();
    const { cli } = await anatomyOf(cloud.dataDir);
    const environment = readFileSync(`/proc/${cli}/environ`, 'utf8').split('\0');
    expect(environment).toEqual(expect.arrayContaining(['CLAUDE_CODE_USE_BEDROCK=1', 'AWS_REGION=nowhere-1']));
    expect(environment.filter((entry) => /^ANTHROPIC_(API_KEY|BASE_URL|AUTH)/.test(entry))).toEqual([]);
    await cloud.client().cancel(id);
  });
});
