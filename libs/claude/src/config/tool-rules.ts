/** What the operator says about tool calls; the first rule that fits decides. */
export interface ToolRule {
  /** Name of a tool, `*` for any letters: `Bash`, `mcp__files__*`, `*`. */
  readonly tool: RegExp;
  /** Fields of the input and what has to be found in them; all of them have to fit. Without it any input fits. */
  readonly input: Readonly<Record<string, RegExp>>;
  /** `allow`: nothing is said against it, and what follows is not asked. The permission rules of the run still decide. */
  readonly decision: 'allow' | 'deny';
  readonly reason: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const TOOL = /^[A-Za-z0-9_*-]{1,200}$/;
const KNOWN = new Set(['tool', 'input', 'decision', 'reason']);
const DEFAULT_REASON = 'the policy of the operator does not allow it';

/**
 * The operator's file, `{ "rules": [{ "tool": "Bash", "input": { "command": "rm\\s+-rf" }, "decision": "deny", "reason": "…" }] }`.
 *
 * @throws Error that says which rule is wrong, and how
 */
export function readToolRules(value: unknown): readonly ToolRule[] {
  const rules = isObject(value) ? value['rules'] : undefined;
  if (!Array.isArray(rules)) throw new Error('expected an object with a list `rules`');
  return rules.map((rule: unknown, index) => ruleOf(rule, `rules[${index}]`));
}

function ruleOf(rule: unknown, at: string): ToolRule {
  if (!isObject(rule)) throw new Error(`${at} must be an object`);
  const unknown = Object.keys(rule).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`${at} has a field that is none: ${unknown}`);
  const { tool, input = {}, decision, reason = DEFAULT_REASON } = rule;
  if (typeof tool !== 'string' || !TOOL.test(tool))
    throw new Error(`${at}.tool must be the name of a tool, with * in it`);
  if (decision !== 'allow' && decision !== 'deny') throw new Error(`${at}.decision must be allow or deny`);
  if (typeof reason !== 'string' || reason === '' || reason.length > 1000)
    throw new Error(`${at}.reason must be a text of at most 1000 characters`);
  if (!isObject(input)) throw new Error(`${at}.input must be an object of patterns`);
  const patterns = Object.entries(input).map(
    ([field, source]) => [field, patternOf(source, `${at}.input.${field}`)] as const,
  );
  const name = new RegExp(`^${tool.replaceAll('*', '.*')}$`, 's');
  return { tool: name, input: Object.fromEntries(patterns), decision, reason };
}

function patternOf(source: unknown, at: string): RegExp {
  if (typeof source !== 'string') throw new Error(`${at} must be a regular expression`);
  try {
    return new RegExp(source, 'su');
  } catch (cause) {
    throw new Error(`${at} is no regular expression: ${(cause as Error).message}`, { cause });
  }
}
