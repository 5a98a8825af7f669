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
  ['a rule for a tool that is not there', { tools: [], allowedTools: ['Bash(git *)'] }, 'allowedTools'],
  ['a tool that is allowed, but not there', { tools: ['Read'], allowedTools: ['Read', 'Bash'] }, 'allowedTools'],
  [
    'a tool that is asked for and taken away',
    { tools: ['Read', 'Bash'], disallowedTools: ['Bash'] },
    'disallowedTools',
  ],
  ['a tool that is allowed and taken away', { allowedTools: ['Bash(ls)'], disallowedTools: ['Bash'] }, 'allowedTools'],
  ['one rule on both sides', { allowedTools: ['Bash(ls)'], disallowedTools: ['Bash(ls)'] }, 'allowedTools'],
  ['a server that the run does not have', { allowedTools: ['mcp__a__b'], mcpServers: ['b'] }, 'allowedTools'],
  ['a server of a longer name', { allowedTools: ['mcp__files'], mcpServers: ['file'] }, 'allowedTools'],
  ['subagents that no tool can start', { agents: { a: agent }, tools: ['Read'] }, 'agents'],
  ['subagents whose tool is taken away', { agents: { a: agent }, disallowedTools: ['Agent'] }, 'agents'],
  [
    'a subagent that has a tool and has not',
    { agents: { a: { ...agent, tools: ['Read'], disallowedTools: ['Read'] } } },
    'agents.a.disallowedTools',
  ],
  [
    'sections left out of a prompt without sections',
    { systemPrompt: 'x', excludeDynamicSystemPromptSections: true },
    'excludeDynamicSystemPromptSections',
  ],
  ['a schema with a reference that cannot be read', { outputSchema: { $ref: '#/%' } }, 'outputSchema/$ref'],
  ['a subagent with a tool that does not exist', { agents: { a: { ...agent, tools: ['Reed'] } } }, 'agents.a.tools'],
  ['subagents that are too large', { agents: { a: { ...agent, prompt: 'x'.repeat(300_000) } } }, 'agents'],
  ['a leader that is not defined', { agents: { a: agent }, agent: 'b' }, 'agent'],
  ['a leader that is a property of every object', { agents: { a: agent }, agent: 'constructor' }, 'agent'],
  ['a leader beside a system prompt', { agents: { a: agent }, agent: 'a', systemPrompt: 'x' }, 'systemPrompt'],
  ['a schema that is none', { outputSchema: { type: 'nonsense' } }, 'outputSchema/type'],
  ['a schema of what is no object', { outputSchema: { type: 'array', items: {} } }, 'outputSchema/type'],
  ['a schema of several that are none', { outputSchema: { type: ['string', 'null'] } }, 'outputSchema/type'],
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
      tools: ['Bash', 'Write', 'Read', 'Task'],
      allowedTools: ['Bash(git *)', 'Edit(./**)', 'mcp__files', 'mcp__files__read', 'mcp__files__*', 'mcp__fi*'],
      disallowedTools: ['Read(//etc/**)', 'Bash(git push *)', 'WebFetch'],
      mcpServers: ['files'],
      agents: { a: { ...agent, tools: ['Read', 'mcp__files'] } },
      agent: 'a',
      thinking: 'adaptive',
      maxThinkingTokens: 2000,
      outputSchema: { type: ['object', 'null'] },
    };
    expect(optionProblems(options)).toEqual([]);
  });
});
