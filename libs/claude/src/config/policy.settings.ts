import { readMcpServers } from './mcp-servers.js';
import { integer, jsonFile, list, optional } from './setting.builders.js';
import { readToolRules, type ToolRule } from './tool-rules.js';

/** What the operator allows; checked by the queue room's `RunPolicy` and nowhere else. */
export const POLICY_SETTINGS = {
  allowedModels: list('STEWARD_ALLOWED_MODELS', {
    group: 'Policy',
    initial: [],
    about: 'Models that a request may name; empty: any.',
  }),
  allowedPermissionModes: list('STEWARD_ALLOWED_PERMISSION_MODES', {
    group: 'Policy',
    initial: ['default', 'acceptEdits', 'plan', 'dontAsk'],
    pattern: /^(default|acceptEdits|plan|dontAsk|auto|bypassPermissions)$/,
    about:
      'Permission modes of the CLI that a request may name. `bypassPermissions` lets the agent do whatever the sandbox does not prevent.',
  }),
  allowedDirs: list('STEWARD_ALLOWED_DIRS', {
    group: 'Policy',
    initial: [],
    pattern: /^\/.+/,
    about:
      'Absolute folders that a request may name in `addDirs`, with all below them. The sandbox has to let them through.',
  }),
  allowedSettingSources: list('STEWARD_ALLOWED_SETTING_SOURCES', {
    group: 'Policy',
    initial: [],
    pattern: /^(project|local)$/,
    about:
      'Settings of the workspace that a request may let in with `settingSources`: `project`, `local`. They hold hooks, environment and API address, and the agent can write them: leave it empty where workspaces are not trusted.',
  }),
  mcpServers: jsonFile('STEWARD_MCP_CONFIG', {
    group: 'Policy',
    initial: {},
    read: readMcpServers,
    about:
      'MCP servers that a request may name in `mcpServers`: a file `{ "mcpServers": { … } }` in the CLI’s own form. A stdio server runs beside the agent, as its user.',
  }),
  toolRules: jsonFile<readonly ToolRule[]>('STEWARD_TOOL_RULES', {
    group: 'Policy',
    initial: [],
    read: readToolRules,
    about:
      'Rules about every tool call before it runs, whatever a request allows: a file `{ "rules": [{ "tool": "Bash", "input": { "command": "rm\\\\s+-rf" }, "decision": "deny", "reason": "…" }] }`. The first that fits decides; `tool` may have `*` in it, `input` has regular expressions by field. `allow` ends the asking; the permissions of the run still decide.',
  }),
  toolPolicyUrl: optional('STEWARD_TOOL_POLICY_URL', {
    group: 'Policy',
    pattern: /^https?:\/\/\S+$/,
    expected: 'an http or https URL',
    about:
      'Where a tool call that no rule decides is asked about: gets `{ runId, sessionId, owner, toolName, toolUseId, input, agentId }` by POST and answers `{ "decision": "allow" | "deny", "reason"? }`. Without an answer the call does not run. It should stand on loopback or in an internal network.',
  }),
  toolPolicyTimeoutMs: integer('STEWARD_TOOL_POLICY_TIMEOUT_MS', {
    group: 'Policy',
    initial: 2000,
    min: 50,
    max: 60_000,
    about: 'Milliseconds that it has to answer.',
  }),
  allowedCommands: list('STEWARD_ALLOWED_COMMANDS', {
    group: 'Policy',
    initial: ['compact', 'context', 'usage', 'init', 'review', 'security-review', 'code-review', 'simplify', 'verify'],
    pattern: /^[A-Za-z0-9][A-Za-z0-9:_-]*$/,
    about:
      'Slash commands and skills that a request may name in `command`, where the CLI offers them; `clear` is never possible.',
  }),
  autoAllowedTools: list('STEWARD_AUTO_ALLOWED_TOOLS', {
    group: 'Policy',
    initial: ['Bash', 'Read', 'Write', 'Edit', 'NotebookEdit', 'Glob', 'Grep', 'Skill'],
    pattern: /^[A-Za-z0-9_]+$/,
    about:
      'Tools that run without a question when the request has no `allowedTools`. File tools are still bound to the workspace of the session.',
  }),
} as const;
