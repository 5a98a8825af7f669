import { type ControlRequestMessage } from './cli-message.types.js';
import { answerHook, type ToolHooks } from './hooks.js';
import { type ToolDecision, type ToolQuestion } from './permission-policy.js';

/** The answer to a question of the CLI. */
export type ControlAnswer =
  | { readonly ok: true; readonly response: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: string };

export interface ControlAnswerers {
  /** May this tool run? Asked for each call that no rule decides; may wait for a person. */
  decide(question: ToolQuestion, signal: AbortSignal): ToolDecision | Promise<ToolDecision>;
  readonly hooks: ToolHooks | null;
}

/** Reason of the signal of a question that the CLI took back; without it its process is gone. */
export const WITHDRAWN = 'withdrawn';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Answers what the CLI asks (PROTOCOL.md §3.4). Nothing may stay unanswered: the CLI would wait for ever.
 *
 * @param signal aborts when the CLI withdrew the question; the answer is dropped then
 */
export async function answerControl(
  { request }: ControlRequestMessage,
  answerers: ControlAnswerers,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  switch (request.subtype) {
    case 'can_use_tool':
      return answered(await answerers.decide(questionOf(request), signal));
    case 'hook_callback': {
      const answer = answerers.hooks && (await answerHook(request, answerers.hooks, signal));
      return answer ? answered(answer) : refused(request.subtype);
    }
    // A dialog that nobody can show, and a form that nobody can fill in.
    case 'request_user_dialog':
      return answered({ behavior: 'cancelled' });
    case 'elicitation':
      return answered({ action: 'decline' });
    default:
      return refused(request.subtype);
  }
}

const answered = (response: object): ControlAnswer => ({ ok: true, response: response as Fields });
const refused = (subtype: string): ControlAnswer => ({ ok: false, error: `${subtype} is not supported` });

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const questionOf = (request: Fields): ToolQuestion => ({
  toolName: String(request['tool_name']),
  input: (request['input'] ?? {}) as Fields,
  toolUseId: textOrNull(request['tool_use_id']),
  agentId: textOrNull(request['agent_id']),
  description: textOrNull(request['description']),
  reason: textOrNull(request['decision_reason']),
  suggestions: Array.isArray(request['permission_suggestions']) ? request['permission_suggestions'] : [],
});
