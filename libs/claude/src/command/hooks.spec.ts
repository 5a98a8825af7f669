import { describe, expect, it } from 'vitest';
import { FOREGROUND_SUBAGENTS } from './foreground-subagents.js';
import { answerHook, type BeforeTool, hookCallbacks, type ToolHooks } from './hooks.js';

const { signal } = new AbortController();
const call = (input: object = {}) => ({
  callback_id: 'steward-before-tool',
  tool_use_id: 'toolu_1',
  input: { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' }, ...input },
});
const deciding = (decided: BeforeTool): ToolHooks => ({ timeoutMs: 1, beforeTool: () => Promise.resolve(decided) });

describe('hooks', () => {
  it('are asked for with what they are about and how long they may take', () => {
    const hooks: ToolHooks = { tools: 'Bash', timeoutMs: 1, afterTool: () => Promise.resolve() };
    const entry = (id: string) => [{ matcher: 'Bash', hookCallbackIds: [id], timeout: 1 }];
    expect(hookCallbacks(hooks)).toEqual({
      PostToolUse: entry('steward-after-tool'),
      PostToolUseFailure: entry('steward-after-failure'),
    });
  });

  it.each<[BeforeTool, object]>([
    [{ decision: 'pass' }, {}],
    [{ decision: 'pass', input: { a: 1 } }, { updatedInput: { a: 1 } }],
    [{ decision: 'allow' }, { permissionDecision: 'allow' }],
    [
      { decision: 'allow', input: { a: 1 } },
      { permissionDecision: 'allow', updatedInput: { a: 1 } },
    ],
    [
      { decision: 'deny', reason: 'no' },
      { permissionDecision: 'deny', permissionDecisionReason: 'no' },
    ],
  ])('%j is told so', async (decided, told) => {
    const answer = await answerHook(call(), deciding(decided), signal);
    const output = { hookSpecificOutput: { hookEventName: 'PreToolUse', ...told } };
    expect(answer).toEqual(Object.keys(told).length > 0 ? output : {});
  });

  it('one that throws is a reason against the call', async () => {
    const hooks: ToolHooks = { timeoutMs: 1, beforeTool: () => Promise.reject(new Error('secret')) };
    const answer = await answerHook(call(), hooks, signal);
    expect(answer).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('another’s callback is not answered as ours', async () => {
    expect(await answerHook({ ...call(), callback_id: 'other' }, deciding({ decision: 'pass' }), signal)).toBeNull();
  });

  it('a subagent is waited for unless the model says otherwise', async () => {
    const asked = (input: object) =>
      answerHook(call({ tool_name: 'Agent', tool_input: input }), FOREGROUND_SUBAGENTS, signal);
    expect(await asked({ prompt: 'x' })).toMatchObject({
      hookSpecificOutput: { updatedInput: { prompt: 'x', run_in_background: false } },
    });
    expect(await asked({ prompt: 'x', run_in_background: true })).toEqual({});
  });
});
