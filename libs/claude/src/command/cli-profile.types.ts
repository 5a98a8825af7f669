/** What is fixed when an agent process is spawned. */
export interface CliProfile {
  readonly model: string | null;
  readonly systemPrompt: string | null;
  readonly appendSystemPrompt: string | null;
  readonly permissionMode: PermissionMode;
  /** Rules with arguments (`Bash(git *)`), which the CLI matches itself; bare names are answered by the permission policy. */
  readonly allowedRules: readonly string[];
  readonly disallowedTools: readonly string[];
  /** Turns of the agent per prompt. */
  readonly maxTurns: number | null;
  /** JSON Schema of the structured output, as JSON text. */
  readonly outputSchema: string | null;
}

export const PERMISSION_MODES = ['default', 'acceptEdits', 'plan', 'dontAsk', 'auto'] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

/** Which conversation the process opens. */
export interface CliConversation {
  /** The CLI's own session id. */
  readonly cliSessionId: string;
  readonly resume: boolean;
}
