// Made by `npm run generate` from the tables of the server; edit those.

export type RunFailure = RunEnd & {
  readonly error: RunError;
};

export type RunEnd = {
  /** What there is of a result; null when there is none. */
  readonly result: RunResult | null;
  /** Tokens of this run, all models and subagents together. */
  readonly usage: Usage;
  /** The same by model: tokens and `costUsd`; auxiliary requests of the CLI and subagents included. */
  readonly usageByModel: Readonly<Record<string, ModelCost>>;
  /** Cost of this run in USD, a decimal. */
  readonly costUsd: string;
  /** null when no request was made. */
  readonly metering: Metering | null;
  /** What its agent used of the machine; null when none was started. */
  readonly resources: RunResources | null;
};

export type Delta = {
  /** The piece. */
  readonly text: string;
  /** Id of the model message that the block belongs to. */
  readonly messageId: string;
  /** Index of the block within its message. */
  readonly block: number;
};

export type SnapshotSegment = {
  /** Whether its text is in `text` or in `thinking`. */
  readonly type: 'text.delta' | 'thinking.delta';
  /** Id of the model message. */
  readonly messageId: string;
  /** Index of the block within its message. */
  readonly block: number;
  /** First seq of the deltas that it stands for. */
  readonly fromSeq: number;
  /** Last seq of the deltas that it stands for. */
  readonly throughSeq: number;
  /** Its length in UTF-16 code units (a JavaScript string’s `length`). */
  readonly length: number;
};

export type RunResources = {
  /** CPU time with everything that the agent started, in milliseconds. */
  readonly cpuMs: number;
  /** Largest memory seen of all of it, in bytes. */
  readonly peakMemoryBytes: number;
};

/** How usage and cost were found. */
export type Metering = {
  /** wire: as the model gateway saw it; cli: as the CLI counted it (Bedrock, Vertex). */
  readonly source: 'wire' | 'cli';
  /** Requests to the model, repeated and failed ones too. */
  readonly requests: number;
  /** Those of them that were answered with an error, or whose answer broke off. */
  readonly failedRequests: number;
  /** Tokens of answers that broke off before the provider told their number, estimated from their length. Not in usage and cost; budgets count them. */
  readonly estimatedOutputTokens: number;
  /** Models without a price of their own: their cost is that of another one. */
  readonly unpricedModels: readonly string[];
  /** null: the CLI counted the same, or nothing. */
  readonly cliDifference: UsageDifference | null;
  /** File of the recorded traffic, in the data folder. */
  readonly recording?: string;
};

/** What the CLI counted, less what went over the wire. The wire is right: the CLI leaves out what broke off. */
export type UsageDifference = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheCreationInputTokens: number;
  /** A decimal, also below 0. */
  readonly costUsd: string;
};

export type ModelCost = Usage & {
  /** Cost of this model in USD, a decimal. */
  readonly costUsd: string;
};

export type Usage = {
  /** Tokens sent, without those of the cache. */
  readonly inputTokens: number;
  /** Tokens generated. */
  readonly outputTokens: number;
  /** Tokens read from the prompt cache. */
  readonly cacheReadInputTokens: number;
  /** Tokens written into the prompt cache. */
  readonly cacheCreationInputTokens: number;
};

export type RunResult = {
  /** The final text. */
  readonly text: string;
  /** The structured output; null without outputSchema. */
  readonly structured: unknown;
  /** Why the model stopped: end_turn, max_tokens, … */
  readonly stopReason: string | null;
  /** Turns of the agent. */
  readonly numTurns: number;
  /** true: the Messages API answered by itself, and no tools were used (`fallback: "api"`). */
  readonly withoutTools?: boolean;
};

export type RunError = {
  /** A code of docs/errors.md. */
  readonly code: string;
  /** What happened and what to do. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Facts of this failure. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** One request to the model that has ended. */
export type ModelRequest = {
  /** Id that the gateway gave it. */
  readonly requestId: string;
  /** Model that answered; else the one that was asked for, empty when neither is known. */
  readonly model: string;
  /** HTTP status of the answer; null: there was none. */
  readonly status: number | null;
  /** answered, failed (an error status), broken (the answer broke off), aborted (the CLI left) or unreachable. */
  readonly outcome: string;
  /** Failed requests of this model directly before it: 0 for a first try. */
  readonly retry: number;
  /** Milliseconds until the answer began. */
  readonly firstByteMs: number | null;
  /** Milliseconds until its first content. */
  readonly firstTokenMs: number | null;
  /** Milliseconds in all. */
  readonly durationMs: number;
  /** Size of the request. */
  readonly requestBytes: number;
  /** Size of the answer, as it came over the wire. */
  readonly responseBytes: number;
  /** Tokens of this request alone. */
  readonly usage: Usage;
  /** Cost of this request alone in USD, a decimal. */
  readonly costUsd: string;
  /** See `metering`. */
  readonly estimatedOutputTokens: number;
};

export type AgentQuestion = {
  /** The question; answers name it. */
  readonly question: string;
  /** A word for it. */
  readonly header: string;
  /** Whether several options may be chosen. */
  readonly multiSelect: boolean;
  readonly options: readonly {
    /** What an answer says. */
    readonly label: string;
    /** What it means. */
    readonly description: string;
  }[];
};
