import { type ApprovalRecord, isSameInput } from '../approval/index.js';
import { type LoggedTool } from '../stream/index.js';

/**
 * The calls with what ran of them, where people had changed it: the log has what the model asked for.
 *
 * @param approvals of the run
 */
export function inputsAsRun(
  tools: readonly LoggedTool[],
  approvals: readonly Pick<ApprovalRecord, 'tool' | 'toolUseId' | 'input' | 'resolution' | 'delivered'>[],
): readonly LoggedTool[] {
  const changed = approvals.filter(({ resolution, delivered }) => resolution?.input && delivered !== null);
  if (changed.length === 0) return tools;
  return tools.map((call) => {
    const found = changed.find((one) => isOf(call, one));
    return found ? { ...call, input: found.resolution!.input } : call;
  });
}

/** What was granted after the agent was started again is another call, with the same input. */
function isOf(
  { toolUseId, name, input }: LoggedTool,
  approval: Pick<ApprovalRecord, 'tool' | 'toolUseId' | 'input' | 'delivered'>,
): boolean {
  if (approval.delivered === 'call') return approval.toolUseId === toolUseId;
  const isOther = approval.tool === name && approval.toolUseId !== toolUseId;
  return isOther && isSameInput(name, approval.input, input as Record<string, unknown>);
}
