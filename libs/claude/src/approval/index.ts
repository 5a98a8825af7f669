export { ApprovalModule } from './approval.module.js';
export { requestedEvent, resolvedEvent } from './approval.events.js';
export {
  type Approval,
  APPROVAL_DEFAULTS,
  APPROVAL_KINDS,
  APPROVAL_MODES,
  type ApprovalAnswer,
  type ApprovalDefault,
  type ApprovalKind,
  type ApprovalMode,
  type ApprovalRecord,
  type ApprovalTerms,
  type Resolution,
  viewOf,
} from './approval.types.js';
export { ClaudeApprovalService } from './claude-approval.service.js';
export { isSameInput } from './same-input.js';
export { type RunApprovals } from './run-approvals.js';
