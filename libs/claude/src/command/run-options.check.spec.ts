import { describe, expect, it } from 'vitest';
import { optionProblems } from './run-options.check.js';
import { type RunOptions } from './run-options.types.js';

const agent = { description: 'Reviews.', prompt: 'You review.' };

const WRONG: [string, RunOptions, string][] = [
  ['a fallback that is the model', { model: 'opus', fallbackModel: 'opus' }, 'fallbackModel'],
  ['no budget at all', { maxCostUsd: '0.00' }, 'maxCostUsd'],
  ['a thinking budget without thinking', { thinking: 'disabled', maxThinkingTokens: 2000 }, 'maxThinkingTokens'],
  ['a display of no thinking', { thinking: 'disabled', thinkingDisplay: 'omitted' }, 'thinkingDisplay'],
  ['a tool that does not exist', { tools: ['Bash', 'Bogus'] }, 'tools'],
  ['an MCP tool among the built-in ones', { tools: ['mcp__a__b'] }, 'tools'],
  ['a rule for no tool', { allowedTools: ['Bahs(git *)'] }, 'allowedTools'],
  ['a denial of no tool', { disallowedTools: ['bash'] }, 'disallowedTools'],
  ['a subagent with a tool that does not exist', { agents: { a: { ...agent, tools: ['Reed'] } } }, 'agents.a.tools'],
  ['subagents that are too large', { agents: { a: { ...agent, prompt: 'x'.repeat(300_000) } } }, 'agents'],
  ['a leader that is not defined', { agents: { a: agent }, agent: 'b' }, 'agent'],
  ['a leader that is a property of every object', { agents: { a: agent }, agent: 'constructor' }, 'agent'],
  ['a leader beside a system prompt', { agents: { a: agent }, agent: 'a', systemPrompt: 'x' }, 'systemPrompt'],
  ['a schema that is none', { outputSchema: { type: 'nonsense' } }, 'outputSchema/type'],
];

describe('options that the CLI would refuse late, or take silently in another way', () => {
  it.each(WRONG)('%s', (_name, options, field) => {
    expect(optionProblems(options).map((problem) => problem.field)).toEqual([field]);
  });

  it('are all named at once', () => {
    const options: RunOptions = { tools: ['X'], maxCostUsd: '0', outputSchema: { foo: 1 } };
    expect(optionProblems(options)).toHaveLength(3);
  });

  it('leave alone what works', () => {
    const options: RunOptions = {
      model: 'opus',
      fallbackModel: 'haiku',
      tools: [],
      allowedTools: ['Bash(git *)', 'mcp__files', 'mcp__files__read', 'mcp__files__*'],
      disallowedTools: ['Read(//etc/**)'],
      agents: { a: { ...agent, tools: ['Read', 'mcp__files'] } },
      agent: 'a',
      thinking: 'adaptive',
      maxThinkingTokens: 2000,
    };
    expect(optionProblems(options)).toEqual([]);
  });
});
