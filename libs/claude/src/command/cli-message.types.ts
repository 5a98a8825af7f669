/** A block of the Messages API inside a message. */
export interface ContentBlock {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly tool_use_id?: string;
  readonly is_error?: boolean;
  readonly content?: unknown;
}

export interface ApiUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

/** Totals of one model since the start of the agent process (PROTOCOL.md §8). */
export interface ModelUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheCreationInputTokens?: number;
  readonly costUSD?: number;
}

interface Common {
  readonly uuid?: string;
  readonly session_id?: string;
  readonly parent_tool_use_id?: string | null;
}

export interface SystemMessage extends Common {
  readonly type: 'system';
  readonly subtype: string;
  readonly [field: string]: unknown;
}

export interface AssistantMessage extends Common {
  readonly type: 'assistant';
  readonly message: { readonly id?: string; readonly model?: string; readonly content: readonly ContentBlock[] };
  /** Present on the synthetic message of a failed request. */
  readonly error?: string;
}

export interface UserMessage extends Common {
  readonly type: 'user';
  readonly message: { readonly content: string | readonly ContentBlock[] };
  readonly isReplay?: boolean;
  readonly isSynthetic?: boolean;
}

/** The Messages API's own streaming event, main conversation only. */
export interface StreamEventMessage extends Common {
  readonly type: 'stream_event';
  readonly event: {
    readonly type: string;
    readonly index?: number;
    readonly message?: { readonly id?: string; readonly model?: string; readonly usage?: ApiUsage };
    readonly content_block?: { readonly type: string };
    readonly delta?: { readonly type?: string; readonly text?: string; readonly thinking?: string };
    readonly usage?: ApiUsage;
  };
}

export interface ResultMessage extends Common {
  readonly type: 'result';
  readonly subtype: string;
  readonly is_error: boolean;
  readonly result?: string;
  readonly structured_output?: unknown;
  readonly errors?: readonly string[];
  readonly stop_reason?: string | null;
  readonly terminal_reason?: string;
  readonly api_error_status?: number | null;
  readonly num_turns?: number;
  readonly total_cost_usd?: number;
  readonly modelUsage?: Readonly<Record<string, ModelUsage>>;
  /** Present when the result answers no user line (a background task reported). */
  readonly origin?: { readonly kind: string };
}

export interface ControlRequestMessage {
  readonly type: 'control_request';
  readonly request_id: string;
  readonly request: { readonly subtype: string; readonly [field: string]: unknown };
}

export interface ControlResponseMessage {
  readonly type: 'control_response';
  readonly response: {
    readonly subtype: 'success' | 'error';
    readonly request_id: string;
    readonly response?: Readonly<Record<string, unknown>>;
    readonly error?: string;
  };
}

export interface ControlCancelMessage {
  readonly type: 'control_cancel_request';
  readonly request_id: string;
}

/** Limits of a subscription, told with OAuth tokens only. */
export interface RateLimitMessage extends Common {
  readonly type: 'rate_limit_event';
  readonly rate_limit_info: Readonly<Record<string, unknown>>;
}

export interface ToolProgressMessage extends Common {
  readonly type: 'tool_progress';
  readonly tool_use_id?: string;
  readonly tool_name: string;
  readonly elapsed_time_seconds?: number;
}

export interface ToolUseSummaryMessage extends Common {
  readonly type: 'tool_use_summary';
  readonly summary: string;
  readonly preceding_tool_use_ids?: readonly string[];
}

/** Every line that goes into the transcript, where the CLI was asked to mirror it. */
export interface TranscriptMirrorMessage extends Common {
  readonly type: 'transcript_mirror';
  readonly filePath?: string;
  readonly entries?: readonly unknown[];
}

/** Kinds that say nothing about a run. */
export interface AsideMessage extends Common {
  readonly type: 'auth_status' | 'prompt_suggestion' | 'keep_alive' | 'conversation_reset';
}

/** Any other type; kept as it was. */
export interface UnknownMessage {
  readonly type: 'unknown';
  readonly original: Readonly<Record<string, unknown>>;
}

export type CliMessage =
  | SystemMessage
  | AssistantMessage
  | UserMessage
  | StreamEventMessage
  | ResultMessage
  | ControlRequestMessage
  | ControlResponseMessage
  | ControlCancelMessage
  | RateLimitMessage
  | ToolProgressMessage
  | ToolUseSummaryMessage
  | TranscriptMirrorMessage
  | AsideMessage
  | UnknownMessage;
