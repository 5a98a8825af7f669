/** One question that the agent asks a person (tool AskUserQuestion). */
export interface AgentQuestion {
  readonly question: string;
  readonly header: string;
  readonly multiSelect: boolean;
  readonly options: readonly { readonly label: string; readonly description: string }[];
}

export const QUESTION_TOOL = 'AskUserQuestion';
/** With it the agent shows its plan; when it is allowed, the CLI leaves the mode `plan`. */
export const PLAN_TOOL = 'ExitPlanMode';

type Fields = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);

/** The questions of a call, whatever shape the model gave them. */
export function questionsOf(input: Fields): AgentQuestion[] {
  return list(input['questions']).map((one) => ({
    question: text(one['question']),
    header: text(one['header']),
    multiSelect: one['multiSelect'] === true,
    options: list(one['options']).map((option) => ({
      label: text(option['label']),
      description: text(option['description']),
    })),
  }));
}

/**
 * The input that answers the call: labels or a person's own words by the text of each question (PROTOCOL.md §3.4).
 * Several labels of one question are joined by a comma, as the CLI itself does it.
 */
export function answeredInput(input: Fields, answers: Readonly<Record<string, string | readonly string[]>>): Fields {
  const given = Object.entries(answers).map(([question, answer]) => [
    question,
    typeof answer === 'string' ? answer : answer.join(', '),
  ]);
  return { ...input, answers: Object.fromEntries(given) as Record<string, string> };
}
