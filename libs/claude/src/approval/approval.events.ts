import { type NewEvent } from '../stream/index.js';
import { type ApprovalRecord, type Resolution } from './approval.types.js';

export const requestedEvent = (approval: ApprovalRecord): NewEvent => {
  const { id, kind, tool, toolUseId, agentId, input, questions, description, reason, suggestions } = approval;
  return {
    type: 'approval.requested',
    data: {
      approvalId: id,
      kind,
      tool,
      toolUseId,
      agentId,
      input,
      questions: questions?.map((one) => ({ ...one, options: [...one.options] })) ?? null,
      description,
      reason,
      suggestions: [...suggestions],
      deadline: approval.deadline,
      default: approval.default,
    },
  };
};

export const resolvedEvent = ({ id, kind, tool, toolUseId }: ApprovalRecord, resolution: Resolution): NewEvent => {
  const { decision, by, user, scope, stop, message, input, answers } = resolution;
  return {
    type: 'approval.resolved',
    data: { approvalId: id, kind, tool, toolUseId, decision, by, user, scope, stop, message, input, answers },
  };
};
