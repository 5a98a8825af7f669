import {
  type AgentDefinition,
  type Beta,
  type Effort,
  type SettingSource,
  type Thinking,
  type ThinkingDisplay,
} from './run-options.types.js';

/** What is fixed when an agent process is spawned, or by its first `initialize`. */
export interface CliProfile {
  readonly model: string | null;
  readonly fallbackModel: string | null;
  readonly effort: Effort | null;
  readonly thinking: Thinking | null;
  readonly thinkingDisplay: ThinkingDisplay | null;
  readonly maxThinkingTokens: number | null;
  readonly taskBudget: number | null;
  readonly maxBudgetUsd: string | null;
  readonly betas: readonly Beta[];
  readonly systemPrompt: string | null;
  readonly appendSystemPrompt: string | null;
  readonly excludeDynamicSections: boolean;
  /** Built-in tools that exist; null: those that the CLI has by itself. */
  readonly tools: readonly string[] | null;
  readonly permissionMode: PermissionMode;
  /** Rules with arguments (`Bash(git *)`), which the CLI matches itself; bare names are answered by the permission policy. */
  readonly allowedRules: readonly string[];
  readonly disallowedTools: readonly string[];
  /** Turns of the agent per prompt. */
  readonly maxTurns: number | null;
  /** JSON Schema of the structured output, as the CLI understands it. */
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly agents: Readonly<Record<string, AgentDefinition>> | null;
  readonly agent: string | null;
  readonly addDirs: readonly string[];
  readonly settingSources: readonly SettingSource[];
  /** Definitions of MCP servers by name. They are told over stdin: a command line can be read by others. */
  readonly mcpServers: Readonly<Record<string, McpServerDefinition>>;
}

/** A process for which nobody asked for anything. */
export const BARE_PROFILE: CliProfile = {
  model: null,
  fallbackModel: null,
  effort: null,
  thinking: null,
  thinkingDisplay: null,
  maxThinkingTokens: null,
  taskBudget: null,
  maxBudgetUsd: null,
  betas: [],
  systemPrompt: null,
  appendSystemPrompt: null,
  excludeDynamicSections: false,
  tools: null,
  permissionMode: 'default',
  allowedRules: [],
  disallowedTools: [],
  maxTurns: null,
  outputSchema: null,
  agents: null,
  agent: null,
  addDirs: [],
  settingSources: [],
  mcpServers: {},
};

export const PERMISSION_MODES = ['default', 'acceptEdits', 'plan', 'dontAsk', 'auto', 'bypassPermissions'] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

/** A server in the CLI's own form: `{ command, args, env }` or `{ type, url, headers }`. */
export type McpServerDefinition = Readonly<Record<string, unknown>>;

/** Which conversation the process opens. */
export interface CliConversation {
  /** The CLI's own session id. */
  readonly cliSessionId: string;
  readonly resume: boolean;
}
