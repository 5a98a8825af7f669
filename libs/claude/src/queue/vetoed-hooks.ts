import { type BeforeTool, type HookedCall, type ToolHooks } from '../command/index.js';
import { type Veto } from './tool-policy.js';

/** Null when the call may go on. */
export type AskVeto = (call: HookedCall, signal: AbortSignal) => Promise<Veto | null>;

/**
 * Hooks that ask about every tool call, and then do what others would have done.
 *
 * @param others about the tools that they name only; null for none
 * @param ask null where only the shape counts, which names what is fixed in a process
 */
export function vetoedHooks(others: ToolHooks | null, ask: AskVeto | null, timeoutMs: number): ToolHooks {
  const about = others?.tools === undefined ? null : new RegExp(`^(${others.tools})$`);
  return {
    timeoutMs: Math.max(timeoutMs, others?.timeoutMs ?? 0),
    beforeTool: async (call, signal): Promise<BeforeTool> => {
      const veto = ask ? await ask(call, signal) : null;
      if (veto) return { decision: 'deny', reason: `${call.toolName} was not run: ${veto.reason}.` };
      const isMeant = about === null || about.test(call.toolName);
      return (isMeant && (await others?.beforeTool?.(call, signal))) || { decision: 'pass' };
    },
  };
}
