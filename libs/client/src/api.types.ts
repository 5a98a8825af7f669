/** The API's shapes, as a client sees them. Times are ISO 8601 UTC, money is a decimal string in USD. */

export type RunState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheCreationInputTokens: number;
}

/** How usage and cost of a run were found. */
export interface Metering {
  readonly source: 'wire' | 'cli';
  readonly requests: number;
  readonly failedRequests: number;
  readonly estimatedOutputTokens: number;
  readonly unpricedModels: readonly string[];
  readonly cliDifference: (Usage & { readonly costUsd: string }) | null;
  readonly recording?: string;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Run {
  readonly id: string;
  readonly sessionId: string;
  readonly state: RunState;
  readonly waitingFor: string | null;
  readonly attempts: number;
  readonly owner: { readonly tenant: string; readonly user: string };
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly lastSeq: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly result: {
    readonly text: string;
    readonly structured: unknown;
    readonly stopReason: string | null;
    readonly numTurns: number;
  } | null;
  readonly usage: Usage;
  readonly usageByModel: Readonly<Record<string, Usage & { readonly costUsd: string }>>;
  readonly costUsd: string;
  readonly metering: Metering | null;
  readonly resources: { readonly cpuMs: number; readonly peakMemoryBytes: number } | null;
  readonly error: RunError | null;
}

/** What the workspace of a new session begins with. */
export type WorkspaceSource =
  | { readonly kind: 'empty' }
  | { readonly kind: 'template'; readonly name: string }
  | { readonly kind: 'worktree'; readonly repository: string; readonly ref?: string };

export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface AgentDefinition {
  readonly description: string;
  readonly prompt: string;
  readonly tools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  readonly model?: string;
  readonly maxTurns?: number;
  readonly effort?: Effort;
}

/** Exactly one of `prompt` and `command`. */
export interface RunRequest {
  readonly prompt?: string;
  readonly command?: { readonly name: string; readonly args?: string };
  readonly sessionId?: string;
  /** Without sessionId: whether the session that the run gets stays open after it. */
  readonly keepSession?: boolean;
  /** Without sessionId: what the workspace of the run's own session begins with. */
  readonly workspace?: WorkspaceSource;
  readonly model?: string;
  readonly fallbackModel?: string;
  readonly effort?: Effort;
  readonly thinking?: 'enabled' | 'adaptive' | 'disabled';
  readonly thinkingDisplay?: 'summarized' | 'omitted';
  readonly maxThinkingTokens?: number;
  readonly taskBudget?: number;
  readonly maxCostUsd?: string;
  readonly maxTokens?: number;
  readonly recordModelTraffic?: boolean;
  readonly betas?: readonly string[];
  readonly systemPrompt?: string;
  readonly appendSystemPrompt?: string;
  readonly excludeDynamicSystemPromptSections?: boolean;
  readonly tools?: readonly string[];
  readonly allowedTools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  readonly permissionMode?: 'default' | 'acceptEdits' | 'plan' | 'dontAsk' | 'auto' | 'bypassPermissions';
  readonly maxTurns?: number;
  readonly timeoutMs?: number;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly agents?: Readonly<Record<string, AgentDefinition>>;
  readonly agent?: string;
  readonly addDirs?: readonly string[];
  readonly settingSources?: readonly ('project' | 'local')[];
  readonly mcpServers?: readonly string[];
  readonly backgroundTasks?: 'stop' | 'wait';
  readonly rawMessages?: 'whole' | 'all';
  readonly busyPolicy?: 'enqueue' | 'reject' | 'interrupt';
  readonly priority?: number;
  readonly startAt?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface SlashCommand {
  readonly name: string;
  readonly description: string;
  readonly argumentHint: string;
}

export interface Session {
  readonly id: string;
  readonly state: 'idle' | 'running' | 'hibernated' | 'closed';
  readonly owner: { readonly tenant: string; readonly user: string };
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly runs: number;
  readonly workspace: {
    readonly kind: 'empty' | 'template' | 'worktree';
    readonly name: string | null;
    readonly ref: string | null;
    readonly commit: string | null;
    /** On disk, of all files of the session, as last measured. */
    readonly bytes: number;
  };
  readonly forkedFrom: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One message of a session's conversation. */
export interface TranscriptMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly at: string | null;
  readonly model: string | null;
  readonly content: readonly Readonly<Record<string, unknown>>[];
  readonly synthetic: boolean;
}

/** What there is, and how much there may be; null: any number. */
interface Holding {
  readonly current: number;
  readonly limit: number | null;
}

/** What the caller has open. */
export interface Holdings {
  readonly sessions: Holding;
  readonly processes: Holding;
  readonly workspaceBytes: Holding;
}

/** State of the server's Claude part; the fields behind `status` are for people. */
export interface Health {
  /** ok: everything works; degraded: runs will fail until somebody acts; draining: it is shutting down. */
  readonly status: 'ok' | 'degraded' | 'draining';
  readonly role: string;
  readonly draining: boolean;
  readonly cli: Readonly<Record<string, unknown>> & { readonly ok: boolean };
  readonly credential: boolean;
  readonly sandbox: Readonly<Record<string, unknown>> | null;
  readonly runs: { readonly running: number; readonly open: number };
  readonly sessions: { readonly open: number };
  readonly agentProcesses: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly field: string; readonly reason: string }[];
}
