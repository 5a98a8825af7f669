import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** The model provider fails in all its ways, through the real CLI: the run ends soon, with a code that fits. */
describe('a model provider that fails', () => {
  let server: ServerProcess;

  withServer(
    {
      cold: true,
      env: { STEWARD_API_MAX_RETRIES: '1', STEWARD_API_TIMEOUT_MS: '1000', STEWARD_WORKER_CONCURRENCY: '6' },
    },
    (standing) => ({ server } = standing),
  );

  it.concurrent.each([
    ['[[error 400]]', 'model.invalid_request'],
    ['[[error 401]]', 'auth.failed'],
    ['[[error 403]]', 'auth.failed'],
    ['[[error 404]]', 'model.not_found'],
    ['[[error 413]]', 'model.prompt_too_long'],
    ['[[error 429]]', 'model.rate_limited'],
    ['[[error 500]]', 'model.failed'],
    ['[[error 502]]', 'model.failed'],
    ['[[error 529]]', 'model.overloaded'],
    ['[[hang headers]]', 'model.unreachable'],
    ['[[cut after=3]] [[text n=9]]', 'model.unreachable'],
    ['[[malformed]] [[text n=9]]', 'model.unreachable'],
  ])('%s ends as %s', async (prompt, code) => {
    const asked = performance.now();
    const { id } = await server.client().submit({ prompt });
    const frames = await collect(server.client().follow(id));
    expectWhole(frames);
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code } } });
    expect(performance.now() - asked).toBeLessThan(20_000);
  });

  it('tells of each repeated request while it waits', async () => {
    const { id } = await server.client().submit({ prompt: '[[error 529 times=1]] [[say made it]]' });
    const frames = await collect(server.client().follow(id));
    const retry = frames.find((frame) => frame.type === 'run.progress' && frame.data.activity === 'api_retry');
    expect(retry?.data).toMatchObject({ attempt: 1, maxRetries: 1, status: 529 });
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
    expect(took).toBeLessThan(2500);
    const next = await server.client().execute({ prompt: '[[say on]]', sessionId: run.sessionId });
    expect(next.result?.text).toBe('on');
  });

  it('leaves nothing behind', async () => {
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
  });
});
