import { answeredInput, type ToolDecision } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type ApprovalAnswer, type ApprovalRecord, type ApprovalDefault, type Resolution } from './approval.types.js';

const NONE = { user: null, scope: 'once', stop: false, message: null, input: null, answers: null } as const;
const TOO_LATE = 'Nobody answered in time, so it was refused.';
const REFUSED = 'A person refused this.';

/**
 * What a person decided.
 *
 * @throws ClaudeError `request.invalid` when the answer does not fit what was asked
 */
export function resolutionOf({ kind, questions }: ApprovalRecord, answer: ApprovalAnswer, user: string): Resolution {
  const given = { ...NONE, by: 'user', user, at: new Date().toISOString() } as const;
  switch (answer.decision) {
    case 'allow':
      if (kind === 'question') throw misfit('decision', 'must be answer or deny for a question');
      if (kind === 'plan' && answer.scope === 'session') throw misfit('scope', 'must be once for a plan');
      return { ...given, decision: 'allow', scope: answer.scope ?? 'once', input: answer.input ?? null };
    case 'deny':
      return { ...given, decision: 'deny', stop: answer.stop ?? false, message: answer.message ?? null };
    case 'answer': {
      if (kind !== 'question') throw misfit('decision', `must be allow or deny for a ${kind}`);
      const asked = new Set(questions?.map(({ question }) => question));
      const strange = Object.keys(answer.answers).find((question) => !asked.has(question));
      if (strange !== undefined) throw misfit('answers', `names a question that was not asked: ${strange}`);
      const missing = [...asked].find((question) => !Object.hasOwn(answer.answers, question));
      if (missing !== undefined) throw misfit('answers', `has no answer to: ${missing}`);
      return { ...given, decision: 'answer', answers: answer.answers };
    }
  }
}

const misfit = (field: string, reason: string): ClaudeError => ClaudeError.invalid([{ field, reason }]);

/** What its deadline decides. */
export function timedOut(kind: ApprovalRecord['kind'], otherwise: ApprovalDefault): Resolution {
  const given = { ...NONE, by: 'timeout', at: new Date().toISOString() } as const;
  if (otherwise === 'allow' && kind !== 'question') return { ...given, decision: 'allow' };
  return { ...given, decision: 'deny', stop: otherwise === 'stop', message: TOO_LATE };
}

/** The agent, or its run, does not wait for it any more. */
export const withdrawn = (): Resolution => ({
  ...NONE,
  decision: 'withdrawn',
  by: 'withdrawn',
  at: new Date().toISOString(),
});

/** The same as the CLI is told. */
export function decisionOf({ input }: Pick<ApprovalRecord, 'input'>, resolution: Resolution): ToolDecision {
  switch (resolution.decision) {
    case 'allow':
      return { behavior: 'allow', updatedInput: resolution.input ?? input };
    case 'answer':
      return { behavior: 'allow', updatedInput: answeredInput(input, resolution.answers ?? {}) };
    case 'deny':
    case 'withdrawn':
      return { behavior: 'deny', message: resolution.message ?? REFUSED, interrupt: resolution.stop };
  }
}
