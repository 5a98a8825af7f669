import { type ToolHooks } from './hooks.js';

/**
 * Where nothing is to run in the background beyond the answer, a subagent is waited for unless the model says
 * otherwise. Newer versions of the CLI (2.1.229, not 2.1.197) start each one in the background by default, and the
 * answer would end it before it has done anything.
 */
export const FOREGROUND_SUBAGENTS: ToolHooks = {
  tools: 'Agent|Task',
  timeoutMs: 30_000,
  beforeTool: ({ input }) =>
    Promise.resolve(
      input['run_in_background'] === undefined
        ? { decision: 'pass', input: { ...input, run_in_background: false } }
        : { decision: 'pass' },
    ),
};
