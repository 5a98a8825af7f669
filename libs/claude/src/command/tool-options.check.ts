import { type OptionProblem } from './run-options.check.js';
import { type RunOptions } from './run-options.types.js';
import { isBuiltIn, isToolName, toolOfRule } from './tool-names.js';

type ToolLists = Pick<RunOptions, 'tools' | 'allowedTools' | 'disallowedTools'>;

/** A rule for the first is one for the others as well (PROTOCOL.md §1.4). */
const COVERS: Readonly<Record<string, readonly string[]>> = {
  Edit: ['Write', 'NotebookEdit'],
  Read: ['Glob', 'Grep', 'NotebookEdit'],
  Agent: ['Task'],
  Task: ['Agent'],
};
const AGENT_TOOLS = ['Agent', 'Task'];
const SHOWN = 5;

/** Names that are no tools, and lists that contradict each other: the CLI takes both without a word. */
export function toolProblems(options: RunOptions): OptionProblem[] {
  const { tools, allowedTools, disallowedTools } = options;
  return [
    ...named('tools', 'names what is no tool of the CLI', unknown(tools, isBuiltIn)),
    ...named('allowedTools', 'names what is no tool of the CLI', unknown(allowedTools, isToolName)),
    ...named('disallowedTools', 'names what is no tool of the CLI', unknown(disallowedTools, isToolName)),
    ...contradictions('', options),
    ...serverProblems(options),
    ...subagentProblems(options),
  ];
}

/** The same for the lists of a subagent, which has no rules. */
export function subagentToolProblems(prefix: string, { tools, disallowedTools }: ToolLists): OptionProblem[] {
  return [
    ...named(`${prefix}tools`, 'names what is no tool of the CLI', unknown(tools, isToolName)),
    ...named(`${prefix}disallowedTools`, 'names what is no tool of the CLI', unknown(disallowedTools, isToolName)),
    ...contradictions(prefix, { ...(tools && { tools }), ...(disallowedTools && { disallowedTools }) }),
  ];
}

function contradictions(prefix: string, { tools, allowedTools, disallowedTools }: ToolLists): OptionProblem[] {
  const removed = new Set((disallowedTools ?? []).filter((rule) => rule === toolOfRule(rule)));
  const denied = new Set(disallowedTools);
  const allowed = (allowedTools ?? []).filter(isToolName);
  return [
    ...named(
      `${prefix}disallowedTools`,
      'takes away what tools asks for',
      (tools ?? []).filter((tool) => removed.has(tool)),
    ),
    ...named(
      `${prefix}allowedTools`,
      'allows what disallowedTools takes away',
      allowed.filter((rule) => denied.has(rule) || removed.has(toolOfRule(rule))),
    ),
    ...named(
      `${prefix}allowedTools`,
      'allows what tools leaves out',
      allowed.filter((rule) => tools !== undefined && isBuiltIn(toolOfRule(rule)) && !isAmong(tools, rule)),
    ),
  ];
}

const isAmong = (tools: readonly string[], rule: string): boolean =>
  [toolOfRule(rule), ...(COVERS[toolOfRule(rule)] ?? [])].some((tool) => tools.includes(tool));

/** A rule about a server that the run does not have never matches anything. */
function serverProblems({ allowedTools, mcpServers }: RunOptions): OptionProblem[] {
  const homeless = (allowedTools ?? []).filter(
    (rule) => rule.startsWith('mcp__') && isToolName(rule) && !(mcpServers ?? []).some((name) => isOf(name, rule)),
  );
  return named('allowedTools', 'allows tools of a server that mcpServers leaves out', homeless);
}

function isOf(server: string, rule: string): boolean {
  const all = `mcp__${server}`;
  return rule.endsWith('*')
    ? `${all}__`.startsWith(rule.slice(0, -1)) || rule.startsWith(`${all}__`)
    : rule === all || rule.startsWith(`${all}__`);
}

/** Subagents that nothing can start: no tool for it, and none of them leads the conversation. */
function subagentProblems({ agents, agent, tools, disallowedTools }: RunOptions): OptionProblem[] {
  if (agent !== undefined || Object.keys(agents ?? {}).length === 0) return [];
  const left = tools !== undefined && !AGENT_TOOLS.some((tool) => tools.includes(tool));
  const taken = AGENT_TOOLS.some((tool) => disallowedTools?.includes(tool));
  return left || taken ? [{ field: 'agents', reason: 'cannot be started: the tool Agent is not there' }] : [];
}

const unknown = (names: readonly string[] | undefined, known: (name: string) => boolean): string[] =>
  (names ?? []).filter((name) => !known(name));

const named = (field: string, reason: string, names: readonly string[]): OptionProblem[] =>
  names.length > 0 ? [{ field, reason: `${reason}: ${names.slice(0, SHOWN).join(', ')}` }] : [];
