/**
 * Tools that the CLI has built in, in any of the versions of docs/cli-compatibility.md. An unknown name in `--tools` is
 * dropped by it without a word, down to no tools at all. `Task` is the older name of `Agent`.
 */
export const BUILT_IN_TOOLS: readonly string[] = [
  'Agent',
  'AskUserQuestion',
  'Bash',
  'CronCreate',
  'CronDelete',
  'CronList',
  'Edit',
  'EnterPlanMode',
  'EnterWorktree',
  'ExitPlanMode',
  'ExitWorktree',
  'Glob',
  'Grep',
  'ListAgents',
  'Monitor',
  'NotebookEdit',
  'Read',
  'ReportFindings',
  'ScheduleWakeup',
  'SendMessage',
  'Skill',
  'Task',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskOutput',
  'TaskStop',
  'TaskUpdate',
  'ToolSearch',
  'WebFetch',
  'WebSearch',
  'Workflow',
  'Write',
];

const KNOWN = new Set(BUILT_IN_TOOLS);
/** `mcp__server`, `mcp__server__tool`, and the same with a star at the end. */
const MCP = /^mcp__[A-Za-z0-9_-]+\*?$/;

/** The tool that a rule is about: `Bash` of `Bash(git *)`. */
export const toolOfRule = (rule: string): string => rule.replace(/\(.*$/s, '');

export const isBuiltIn = (name: string): boolean => KNOWN.has(name);

/** Whether a tool or the tool of a rule can exist at all; a rule for another would never match anything. */
export const isToolName = (rule: string): boolean => isBuiltIn(toolOfRule(rule)) || MCP.test(rule);
