import { type Run, type Usage } from '@steward/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const KINDS = {
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cacheReadInputTokens: 'cache_read_input_tokens',
  cacheCreationInputTokens: 'cache_creation_input_tokens',
} as const;

/** Newer versions (2.1.329) count a broken stream themselves, with an estimate of what it had generated. */
const ESTIMATE_TOKENS = 20;

/** What a run says it used is what the model provider served, by model. */
describe('usage and cost', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer(
    { env: { STEWARD_AUTO_ALLOWED_TOOLS: 'Bash,Agent,Read,Write' } },
    (standing) => ({ api, server } = standing),
  );
  beforeEach(() => api.reset());

  const nameOf = (model: string) => model.replace(/\[.*\]$/, '');

  function expectServed(run: Run): void {
    const served = api.served();
    const expected = Object.fromEntries(
      Object.entries(served.models).map(([model, { usage }]) => [
        nameOf(model),
        Object.fromEntries(Object.entries(KINDS).map(([kind, key]) => [kind, usage[key]])),
      ]),
    );
    const told = Object.fromEntries(
      Object.entries(run.usageByModel).map(([model, { costUsd: _cost, ...usage }]) => [model, usage]),
    );
    expect(told).toEqual(expected);
    const sum = (kind: keyof Usage) => Object.values(run.usageByModel).reduce((all, usage) => all + usage[kind], 0);
    for (const kind of Object.keys(KINDS) as (keyof Usage)[]) expect(run.usage[kind]).toBe(sum(kind));
    const cost = Object.values(run.usageByModel).reduce((all, usage) => all + Number(usage.costUsd), 0);
    expect(Number(run.costUsd)).toBeCloseTo(cost, 8);
    expect(cost).toBeGreaterThan(0);
  }

  function expectInterrupted({ inputTokens, cacheCreationInputTokens, outputTokens }: Usage): void {
    const { usage } = api.served();
    expect([inputTokens, cacheCreationInputTokens]).toEqual([usage.input_tokens, usage.cache_creation_input_tokens]);
    expect(outputTokens).toBeGreaterThanOrEqual(usage.output_tokens);
    expect(outputTokens).toBeLessThan(usage.output_tokens + ESTIMATE_TOKENS);
  }

  it('of a plain run', async () => {
    expectServed(await server.client().execute({ prompt: '[[bash ls]] [[say done]]' }));
  });

  it('of a session and of a caller, by the client', async () => {
    const before = await server.client().usage();
    const { sessionId, usage, costUsd } = await server.client().execute({ prompt: '[[say one]]' });
    const session = await server.client().sessionUsage(sessionId);
    expect(session).toEqual({ usage, costUsd, requests: 1, failedRequests: 0, estimatedOutputTokens: 0 });
    const { day, month } = await server.client().usage();
    for (const [now, then] of [
      [day, before.day],
      [month, before.month],
    ] as const) {
      expect(now.usage.outputTokens - then.usage.outputTokens).toBe(usage.outputTokens);
      expect(now).toMatchObject({ limits: { costUsd: null, tokens: null }, held: { costUsd: '0', tokens: 0 } });
      expect(Date.parse(now.resetsAt)).toBeGreaterThan(Date.now());
    }
    await expect(server.client().sessionUsage('nobody')).rejects.toMatchObject({ code: 'session.not_found' });
  });

  it('of subagents, one of another model', async () => {
    const run = await server.client().execute({
      prompt: '[[agent [[bash ls]] [[say a]]]] [[agent type=small [[say b]]]] [[say done]]',
      agents: { small: { description: 'Small.', prompt: 'You are small.', model: 'haiku' } },
    });
    expect(Object.keys(run.usageByModel)).toHaveLength(2);
    expectServed(run);
  });

  it('of a conversation that is summed up', async () => {
    const { sessionId } = await server.client().execute({ prompt: 'a [[text n=40]]' });
    for (const word of ['b', 'c']) await server.client().execute({ prompt: `${word} [[text n=40]]`, sessionId });
    api.reset();
    expectServed(await server.client().execute({ command: { name: 'compact' }, sessionId }));
  });

  it('of a run whose answer broke off and was repeated: the provider bills both', async () => {
    const run = await server.client().execute({ prompt: '[[cut after=3 delay=20 times=1]] [[say whole]]' });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'whole' } });
    expect(api.journal.filter(({ cut }) => cut)).toHaveLength(1);
    expectInterrupted(run.usage);
  });

  it('of the second run in a session is its own', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[text n=100]]' });
    api.reset();
    expectServed(await server.client().execute({ prompt: '[[say short]]', sessionId }));
  });

  it('of a run that is ended in mid-stream is what the model declared so far', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=2000 delay=5]]' });
    for await (const frame of server.client().follow(id)) if (frame.type === 'text.delta') break;
    await server.client().cancel(id);
    await expect.poll(async () => (await server.client().run(id)).state, { timeout: 5000 }).toBe('cancelled');
    expectInterrupted((await server.client().run(id)).usage);
  });
});
