import { type PermissionMode } from './cli-profile.types.js';

export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export const THINKING = ['enabled', 'adaptive', 'disabled'] as const;
export const THINKING_DISPLAYS = ['summarized', 'omitted'] as const;
/** The only beta that the CLI passes on; it ignores others with a line on stderr. */
export const BETAS = ['context-1m-2025-08-07'] as const;
/** `user` is missing on purpose: those files lie where the agent can write, and are removed before each start. */
export const SETTING_SOURCES = ['project', 'local'] as const;
export const BACKGROUND_MODES = ['stop', 'wait'] as const;

export type Effort = (typeof EFFORTS)[number];
export type Thinking = (typeof THINKING)[number];
export type ThinkingDisplay = (typeof THINKING_DISPLAYS)[number];
export type Beta = (typeof BETAS)[number];
export type SettingSource = (typeof SETTING_SOURCES)[number];
export type BackgroundMode = (typeof BACKGROUND_MODES)[number];

/** A kind of subagent that the model may start. The CLI drops a definition of a wrong shape without a word. */
export interface AgentDefinition {
  /** When to use it; the model reads this. */
  readonly description: string;
  /** Its system prompt. */
  readonly prompt: string;
  /** Built-in and MCP tools that it has; without it those of the main conversation. */
  readonly tools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  readonly model?: string;
  readonly maxTurns?: number;
  readonly effort?: Effort;
}

/** A slash command or skill, by name. */
export interface CommandCall {
  readonly name: string;
  readonly args?: string;
}

/** What a request may ask of the CLI (PROTOCOL.md §1); each field is valid by itself, `optionProblems` looks at them together. */
export interface RunOptions {
  readonly model?: string;
  /** Used after the model was overloaded several times. */
  readonly fallbackModel?: string;
  readonly effort?: Effort;
  readonly thinking?: Thinking;
  readonly thinkingDisplay?: ThinkingDisplay;
  /** For models with a thinking budget; others choose themselves. */
  readonly maxThinkingTokens?: number;
  /** Tokens that the model is told to make do with. */
  readonly taskBudget?: number;
  /** USD as a decimal: what the run may cost, subagents included. */
  readonly maxCostUsd?: string;
  readonly betas?: readonly Beta[];
  readonly systemPrompt?: string;
  readonly appendSystemPrompt?: string;
  /** Moves what differs between sessions out of the system prompt, so that they share a prompt cache. */
  readonly excludeDynamicSystemPromptSections?: boolean;
  /** Built-in tools that exist; an empty list: none. */
  readonly tools?: readonly string[];
  /** What may run without a question; without it the operator's list. */
  readonly allowedTools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  readonly permissionMode?: PermissionMode;
  readonly maxTurns?: number;
  /** JSON Schema of the output. */
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly agents?: Readonly<Record<string, AgentDefinition>>;
  /** The one of `agents` that leads the main conversation. */
  readonly agent?: string;
  /** Further folders, from the operator's list. */
  readonly addDirs?: readonly string[];
  readonly settingSources?: readonly SettingSource[];
  /** Names of the operator's MCP servers. */
  readonly mcpServers?: readonly string[];
}
