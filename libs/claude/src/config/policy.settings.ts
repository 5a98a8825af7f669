import { readMcpServers } from './mcp-servers.js';
import { jsonFile, list } from './setting.builders.js';

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
