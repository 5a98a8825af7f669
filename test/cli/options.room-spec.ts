import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT_IN_TOOLS, type CliProfile } from '../../libs/claude/src/command/index.js';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { AgentBench } from './agent.bench.js';
import { IGNORED_SCHEMAS, TAKEN_SCHEMAS } from './schemas.js';

interface Body {
  readonly model: string;
  readonly system: readonly { readonly text: string }[];
  readonly thinking?: { readonly type: string; readonly display?: string };
  readonly output_config?: { readonly effort?: string; readonly task_budget?: { readonly total: number } };
}

/** Every option as the real CLI acts on it: what reaches the model, and which tools there are. */
describe('options of the CLI', () => {
  let api: MessagesApi;
  beforeAll(async () => (api = await startMessagesApi()));
  afterAll(() => api.close());

  async function asked(profile: Partial<CliProfile>): Promise<{ body: Body; tools: string[]; beta: string }> {
    const tag = `tag-${Math.random()}`;
    await using bench = await AgentBench.start({ url: api.url, profile });
    const { messages } = await bench.turn(`[[say x]] ${tag}`);
    const entry = api.journal.find((one) => JSON.stringify(one.body ?? null).includes(tag))!;
    const init = messages.find((message) => message.type === 'system' && message.subtype === 'init');
    const { tools } = init as unknown as { tools: string[] };
    return { body: entry.body as unknown as Body, tools, beta: String(entry.headers['anthropic-beta']) };
  }

  it('model, effort and task budget', async () => {
    const { body, beta } = await asked({ model: 'opus', effort: 'low', taskBudget: 5000 });
    expect(body.model).toContain('opus');
    expect(body.output_config).toMatchObject({ effort: 'low', task_budget: { total: 5000 } });
    expect(beta).toContain('task-budgets');
  });

  it('thinking, and how it is shown', async () => {
    const model = 'claude-opus-4-8';
    expect((await asked({ thinking: 'disabled', model })).body.thinking).toMatchObject({ type: 'disabled' });
    expect((await asked({ thinkingDisplay: 'summarized', model })).body.thinking).toMatchObject({
      display: 'summarized',
    });
  });

  it('a beta feature', async () => {
    const { beta } = await asked({ betas: ['context-1m-2025-08-07'], model: 'claude-sonnet-4-5' });
    expect(beta).toContain('context-1m-2025-08-07');
  });

  it('system prompts, of a length that no command line takes', async () => {
    const long = `BEGIN ${'é'.repeat(99_000)} END`;
    const { body } = await asked({ systemPrompt: long, appendSystemPrompt: 'APPENDED' });
    expect(body.system.at(-1)?.text).toBe(`${long}\n\nAPPENDED`);
  });

  it('a system prompt without what differs between sessions', async () => {
    const [with_, without] = [await asked({}), await asked({ excludeDynamicSections: true })];
    const lengthOf = ({ body }: { body: Body }) => body.system.reduce((sum, { text }) => sum + text.length, 0);
    expect(lengthOf(without)).toBeLessThan(lengthOf(with_));
    expect(JSON.stringify(without.body.system)).not.toContain('steward-cli-');
  });

  it('which built-in tools there are: some, none, and those that were taken away', async () => {
    expect((await asked({ tools: ['Bash', 'Read'] })).tools).toEqual(['Bash', 'Read']);
    expect((await asked({ tools: [] })).tools).toEqual([]);
    expect((await asked({ disallowedTools: ['WebFetch'] })).tools).not.toContain('WebFetch');
  });

  it('every tool that the CLI has by itself is one that a request may name', async () => {
    const { tools } = await asked({ allowedRules: ['Bash'] });
    expect(tools.filter((name) => !BUILT_IN_TOOLS.includes(name))).toEqual([]);
    expect(tools.length).toBeGreaterThan(20);
  });

  it('the fallback model takes over from one that stays overloaded', async () => {
    await using bench = await AgentBench.start({ url: api.url, profile: { model: 'opus', fallbackModel: 'haiku' } });
    const { result, events } = await bench.turn('[[error 529 times=3]] [[say at last]]');
    expect(result).toMatchObject({ is_error: false, result: 'at last' });
    expect(JSON.stringify(events)).toContain('model_fallback');
  });

  it('turns and budget end a prompt', async () => {
    await using turns = await AgentBench.start({ url: api.url, profile: { maxTurns: 1, allowedRules: ['Bash'] } });
    expect((await turns.turn('[[bash ls]] [[say x]]')).result).toMatchObject({ subtype: 'error_max_turns' });
    await using budget = await AgentBench.start({ url: api.url, profile: { maxBudgetUsd: '0.0001' } });
    expect((await budget.turn('[[say x]] [[end]] [[say y]]')).result.subtype).toBe('error_max_budget_usd');
  });

  it('subagents of the request, and one of them in the lead', async () => {
    const agents = { reviewer: { description: 'Reviews.', prompt: 'REVIEWER-PROMPT', tools: ['Read'] } };
    await using bench = await AgentBench.start({ url: api.url, profile: { agents, allowedRules: ['Agent'] } });
    const input = { description: 'x', prompt: '[[echo-system max=3000]]', run_in_background: false };
    const call = JSON.stringify({ ...input, subagent_type: 'reviewer' });
    const { result } = await bench.turn(`[[tool Agent ${call}]] [[result]]`);
    expect(result.result).toContain('REVIEWER-PROMPT');
    const { body, tools } = await asked({ agents, agent: 'reviewer' });
    expect(body.system.at(-1)?.text).toContain('REVIEWER-PROMPT');
    expect(tools).toEqual(['Read']);
  });

  it.each(Object.entries(TAKEN_SCHEMAS))('a schema with %s asks for structured output', async (_name, outputSchema) => {
    expect((await asked({ outputSchema })).tools).toContain('StructuredOutput');
  });

  it.each(Object.entries(IGNORED_SCHEMAS))('a schema with %s is dropped silently', async (_name, outputSchema) => {
    expect((await asked({ outputSchema })).tools).not.toContain('StructuredOutput');
  });

  it('structured output fits the schema', async () => {
    const outputSchema = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] };
    await using bench = await AgentBench.start({ url: api.url, profile: { outputSchema } });
    const { result } = await bench.turn('[[structured {"sum":5}]]');
    expect(result).toMatchObject({ is_error: false, structured_output: { sum: 5 } });
  });
});
