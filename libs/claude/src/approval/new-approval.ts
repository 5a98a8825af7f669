import { v7 as uuid } from 'uuid';
import { PLAN_TOOL, QUESTION_TOOL, questionsOf, type ToolQuestion } from '../command/index.js';
import { type Owner } from '../session/index.js';
import { type ApprovalKind, type ApprovalRecord, type ApprovalTerms } from './approval.types.js';

const KINDS: Readonly<Record<string, ApprovalKind>> = { [QUESTION_TOOL]: 'question', [PLAN_TOOL]: 'plan' };

export const kindOf = (tool: string): ApprovalKind => KINDS[tool] ?? 'tool';

/** Whose run asks. */
export interface Asking {
  readonly id: string;
  readonly sessionId: string;
  readonly owner: Owner;
}

/** A question of the CLI as an approval that waits. */
export function newApproval(question: ToolQuestion, run: Asking, terms: ApprovalTerms): ApprovalRecord {
  const kind = kindOf(question.toolName);
  const now = Date.now();
  return {
    id: uuid(),
    runId: run.id,
    sessionId: run.sessionId,
    owner: { tenant: run.owner.tenant, user: run.owner.user },
    kind,
    state: 'open',
    tool: question.toolName,
    toolUseId: question.toolUseId ?? null,
    agentId: question.agentId ?? null,
    input: question.input,
    questions: kind === 'question' ? questionsOf(question.input) : null,
    description: question.description ?? null,
    reason: question.reason ?? null,
    suggestions: question.suggestions ?? [],
    requestedAt: new Date(now).toISOString(),
    deadline: new Date(now + terms.timeoutMs).toISOString(),
    default: terms.default,
    resolution: null,
    delivered: null,
  };
}
