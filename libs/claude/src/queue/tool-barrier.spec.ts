import { describe, expect, it } from 'vitest';
import { type HookedCall } from '../command/index.js';
import { ToolBarrier } from './tool-barrier.js';

const CALL: HookedCall = { toolName: 'Bash', toolUseId: 'one', input: {}, agentId: null };
const NO_HOOKS = { timeoutMs: 1000 };
const settled = { settle: () => Promise.resolve() };
const kept = { confirm: () => Promise.resolve() };
const gone = { confirm: () => Promise.reject(new Error('the session is lost')) };
const soon = (): Promise<string> => new Promise((done) => setTimeout(() => done('nothing'), 50));

/** What happens before a tool acts. */
describe('the barrier before a tool', () => {
  it('lets it act when its call is known, the session is held and the workspace was looked at', async () => {
    const barrier = new ToolBarrier(NO_HOOKS, settled, kept);
    const done: string[] = [];
    barrier.attach({ intend: () => done.push('intended') } as never, async () => void done.push('looked'));
    expect(await barrier.beforeTool(CALL, new AbortController().signal)).toEqual({ decision: 'pass' });
    expect(done).toEqual(['intended', 'looked']);
  });

  it('answers nothing for a session that was lost, until nobody waits for it', async () => {
    const withdrawn = new AbortController();
    const answer = new ToolBarrier(NO_HOOKS, settled, gone).beforeTool(CALL, withdrawn.signal);
    answer.catch(() => undefined);
    // A denial would be written into the conversation that somebody else goes on with.
    const first = await Promise.race([answer.catch(() => 'denied'), soon()]);
    expect(first).toBe('nothing');
    withdrawn.abort();
    await expect(answer).rejects.toThrow('the session is lost');
  });

  it('hands on what the policy says against it, without a question', async () => {
    const denied = { decision: 'deny', reason: 'not here' } as const;
    const hooks = { ...NO_HOOKS, beforeTool: () => Promise.resolve(denied) };
    const barrier = new ToolBarrier(hooks, settled, gone);
    expect(await barrier.beforeTool(CALL, new AbortController().signal)).toEqual(denied);
  });
});
