import { describe, expect, it } from 'vitest';
import { type ApprovalRecord } from '../approval/index.js';
import { type LoggedTool } from '../stream/index.js';
import { inputsAsRun } from './inputs-as-run.js';

const call = (toolUseId: string, command: string): LoggedTool => ({
  toolUseId,
  name: 'Bash',
  input: { command, description: toolUseId },
  parentToolUseId: null,
  outcome: null,
});
const changed = (delivered: ApprovalRecord['delivered']) => ({
  tool: 'Bash',
  toolUseId: 't1',
  input: { command: 'theirs' },
  resolution: { input: { command: 'mine' } } as unknown as ApprovalRecord['resolution'],
  delivered,
});
const commands = (tools: readonly LoggedTool[]) => tools.map(({ input }) => (input as { command: string }).command);

describe('what ran of a call that a person has changed', () => {
  it('is what they made of it', () => {
    const tools = [call('t1', 'theirs'), call('t2', 'theirs')];
    expect(commands(inputsAsRun(tools, [changed('call')]))).toEqual(['mine', 'theirs']);
  });

  it('is that of the later call, where the agent was started again meanwhile', () => {
    const tools = [call('t1', 'theirs'), call('t2', 'theirs'), call('t3', 'other')];
    expect(commands(inputsAsRun(tools, [changed('later')]))).toEqual(['theirs', 'mine', 'other']);
  });

  it('is nothing yet, where it has not reached the agent', () => {
    expect(commands(inputsAsRun([call('t1', 'theirs')], [changed(null)]))).toEqual(['theirs']);
  });
});
