// Made by `npm run generate` from the tables of libs/claude; edit those.

/** Data of an event of a run, by its type. */
export interface EventDataMap {
  /** The run is accepted and waits. */
  'run.queued': {
    /** Runs of the same session that come first. */
    readonly behind: number;
  };
  /** A worker has begun an attempt; the agent process is ready. */
  'run.started': {
    /** Number of the attempt, from 1. */
    readonly attempt: number;
    /** Model that was asked for; null: the default. */
    readonly model: string | null;
    /** Version of the CLI. */
    readonly cliVersion: string | null;
    /** Whether an earlier conversation goes on. */
    readonly resumed: boolean;
    /** How the run got its agent process: hot (it had waited for this session), spare (it had waited for a new one), resumed or new. */
    readonly process: string;
  };
  /** Why it is quiet, or what it is doing. */
  'run.progress': {
    /** requesting, thinking, api_retry, tool, compacting, model_fallback, stopping, background, rate_limit, model_error or other. */
    readonly activity: string;
    /** The same as a sentence for people. */
    readonly text: string;
    /** api_retry: number of the retry. */
    readonly attempt?: number;
    /** api_retry: how many there will be at most. */
    readonly maxRetries?: number;
    /** api_retry: milliseconds until it; rate_limit, model_error: what the provider asks to wait. */
    readonly delayMs?: number;
    /** api_retry, rate_limit, model_error: HTTP status of the failed request; null without an answer. */
    readonly status?: number | null;
    /** tool: its name. */
    readonly tool?: string;
    /** tool, background: id of the task, a shell command or subagent. */
    readonly taskId?: string;
    /** background: how the task stands: waiting, completed, failed or stopped. */
    readonly taskStatus?: string;
    /** rate_limit, model_error: when it ends, as the provider says. */
    readonly resetsAt?: string;
    /** Milliseconds since it began. */
    readonly elapsedMs?: number;
  };
  /** A piece of the answer. */
  'text.delta': {
    /** The piece. */
    readonly text: string;
    /** Id of the model message that the block belongs to. */
    readonly messageId: string;
    /** Index of the block within its message. */
    readonly block: number;
  };
  /** A piece of the thinking. */
  'thinking.delta': {
    /** The piece. */
    readonly text: string;
    /** Id of the model message that the block belongs to. */
    readonly messageId: string;
    /** Index of the block within its message. */
    readonly block: number;
  };
  /** The model repeated a broken-off answer: earlier deltas are void. */
  'text.replaced': {
    /** First seq of the void deltas. */
    readonly fromSeq: number;
    /** Last seq of the void deltas; deltas of other messages in between stay. */
    readonly throughSeq: number;
    /** Message whose deltas are void. */
    readonly messageId: string;
  };
  /** A whole message, as the model or a tool gave it. */
  'message': {
    /** assistant or user (tool results, prompts of subagents). */
    readonly role: string;
    /** Id of the model message; one message may come in several events, one for each block. */
    readonly messageId: string | null;
    /** Blocks of the Messages API. */
    readonly content: unknown;
    /** Made by the CLI and not by the model. */
    readonly synthetic: boolean;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
  /** The model asked for a tool. */
  'tool.started': {
    /** Id of this call. */
    readonly toolUseId: string;
    /** Name of the tool. */
    readonly name: string;
    /** Its input. */
    readonly input: unknown;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
  /** A tool call has its outcome. */
  'tool.finished': {
    /** Id of the call. */
    readonly toolUseId: string;
    /** Name of the tool; null when the call itself was not seen. */
    readonly name: string | null;
    /** Whether it failed or was denied. */
    readonly isError: boolean;
    /** What it gave, as text, cut after 10,000 characters; the whole is in the `message` event. */
    readonly output: string;
    /** Milliseconds between the two events. */
    readonly durationMs: number | null;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
  /** Tokens and cost so far. */
  'usage': {
    /** Tokens of this run, all models and subagents together. */
    readonly usage: {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
    };
    /** Cost of this run so far in USD, a decimal. */
    readonly costUsd: string;
    /** Tokens of answers under way or broken off that the provider has not told, estimated. Not in usage. */
    readonly estimatedOutputTokens?: number;
    /** One request to the model that has ended. */
    readonly request?: {
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
      readonly usage: {
        /** Tokens sent, without those of the cache. */
        readonly inputTokens: number;
        /** Tokens generated. */
        readonly outputTokens: number;
        /** Tokens read from the prompt cache. */
        readonly cacheReadInputTokens: number;
        /** Tokens written into the prompt cache. */
        readonly cacheCreationInputTokens: number;
      };
      /** Cost of this request alone in USD, a decimal. */
      readonly costUsd: string;
      /** See `metering`. */
      readonly estimatedOutputTokens: number;
    };
  };
  /** A message of the CLI as it was: one that this version does not know (never an error), or any, where the request asked for `rawMessages`. */
  'raw': {
    /** The message as it was. */
    readonly message: unknown;
  };
  /** The run has its result. */
  'run.completed': {
    /** What there is of a result; null when there is none. */
    readonly result: {
      /** The final text. */
      readonly text: string;
      /** The structured output; null without outputSchema. */
      readonly structured: unknown;
      /** Why the model stopped: end_turn, max_tokens, … */
      readonly stopReason: string | null;
      /** Turns of the agent. */
      readonly numTurns: number;
    } | null;
    /** Tokens of this run, all models and subagents together. */
    readonly usage: {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
    };
    /** The same by model: tokens and `costUsd`; auxiliary requests of the CLI and subagents included. */
    readonly usageByModel: Readonly<Record<string, {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
      /** Cost of this model in USD, a decimal. */
      readonly costUsd: string;
    }>>;
    /** Cost of this run in USD, a decimal. */
    readonly costUsd: string;
    /** null when no request was made. */
    readonly metering: {
      /** wire: as the model gateway saw it; cli: as the CLI counted it (Bedrock, Vertex). */
      readonly source: string;
      /** Requests to the model, repeated and failed ones too. */
      readonly requests: number;
      /** Those of them that were answered with an error, or whose answer broke off. */
      readonly failedRequests: number;
      /** Tokens of answers that broke off before the provider told their number, estimated from their length. Not in usage and cost; budgets count them. */
      readonly estimatedOutputTokens: number;
      /** Models without a price of their own: their cost is that of another one. */
      readonly unpricedModels: readonly string[];
      /** null: the CLI counted the same, or nothing. */
      readonly cliDifference: {
        readonly inputTokens: number;
        readonly outputTokens: number;
        readonly cacheReadInputTokens: number;
        readonly cacheCreationInputTokens: number;
        /** A decimal, also below 0. */
        readonly costUsd: string;
      } | null;
      /** File of the recorded traffic, in the data folder. */
      readonly recording?: string;
    } | null;
    /** What its agent used of the machine; null when none was started. */
    readonly resources: {
      /** CPU time with everything that the agent started, in milliseconds. */
      readonly cpuMs: number;
      /** Largest memory seen of all of it, in bytes. */
      readonly peakMemoryBytes: number;
    } | null;
  };
  /** The run failed. */
  'run.failed': {
    readonly error: {
      /** A code of docs/errors.md. */
      readonly code: string;
      /** What happened and what to do. */
      readonly message: string;
      /** Whether the same request may succeed later. */
      readonly retryable: boolean;
      /** Facts of this failure. */
      readonly details: unknown;
    };
    /** What there is of a result; null when there is none. */
    readonly result: {
      /** The final text. */
      readonly text: string;
      /** The structured output; null without outputSchema. */
      readonly structured: unknown;
      /** Why the model stopped: end_turn, max_tokens, … */
      readonly stopReason: string | null;
      /** Turns of the agent. */
      readonly numTurns: number;
    } | null;
    /** Tokens of this run, all models and subagents together. */
    readonly usage: {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
    };
    /** The same by model: tokens and `costUsd`; auxiliary requests of the CLI and subagents included. */
    readonly usageByModel: Readonly<Record<string, {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
      /** Cost of this model in USD, a decimal. */
      readonly costUsd: string;
    }>>;
    /** Cost of this run in USD, a decimal. */
    readonly costUsd: string;
    /** null when no request was made. */
    readonly metering: {
      /** wire: as the model gateway saw it; cli: as the CLI counted it (Bedrock, Vertex). */
      readonly source: string;
      /** Requests to the model, repeated and failed ones too. */
      readonly requests: number;
      /** Those of them that were answered with an error, or whose answer broke off. */
      readonly failedRequests: number;
      /** Tokens of answers that broke off before the provider told their number, estimated from their length. Not in usage and cost; budgets count them. */
      readonly estimatedOutputTokens: number;
      /** Models without a price of their own: their cost is that of another one. */
      readonly unpricedModels: readonly string[];
      /** null: the CLI counted the same, or nothing. */
      readonly cliDifference: {
        readonly inputTokens: number;
        readonly outputTokens: number;
        readonly cacheReadInputTokens: number;
        readonly cacheCreationInputTokens: number;
        /** A decimal, also below 0. */
        readonly costUsd: string;
      } | null;
      /** File of the recorded traffic, in the data folder. */
      readonly recording?: string;
    } | null;
    /** What its agent used of the machine; null when none was started. */
    readonly resources: {
      /** CPU time with everything that the agent started, in milliseconds. */
      readonly cpuMs: number;
      /** Largest memory seen of all of it, in bytes. */
      readonly peakMemoryBytes: number;
    } | null;
  };
  /** The run was cancelled or interrupted. */
  'run.cancelled': {
    readonly error: {
      /** A code of docs/errors.md. */
      readonly code: string;
      /** What happened and what to do. */
      readonly message: string;
      /** Whether the same request may succeed later. */
      readonly retryable: boolean;
      /** Facts of this failure. */
      readonly details: unknown;
    };
    /** What there is of a result; null when there is none. */
    readonly result: {
      /** The final text. */
      readonly text: string;
      /** The structured output; null without outputSchema. */
      readonly structured: unknown;
      /** Why the model stopped: end_turn, max_tokens, … */
      readonly stopReason: string | null;
      /** Turns of the agent. */
      readonly numTurns: number;
    } | null;
    /** Tokens of this run, all models and subagents together. */
    readonly usage: {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
    };
    /** The same by model: tokens and `costUsd`; auxiliary requests of the CLI and subagents included. */
    readonly usageByModel: Readonly<Record<string, {
      /** Tokens sent, without those of the cache. */
      readonly inputTokens: number;
      /** Tokens generated. */
      readonly outputTokens: number;
      /** Tokens read from the prompt cache. */
      readonly cacheReadInputTokens: number;
      /** Tokens written into the prompt cache. */
      readonly cacheCreationInputTokens: number;
      /** Cost of this model in USD, a decimal. */
      readonly costUsd: string;
    }>>;
    /** Cost of this run in USD, a decimal. */
    readonly costUsd: string;
    /** null when no request was made. */
    readonly metering: {
      /** wire: as the model gateway saw it; cli: as the CLI counted it (Bedrock, Vertex). */
      readonly source: string;
      /** Requests to the model, repeated and failed ones too. */
      readonly requests: number;
      /** Those of them that were answered with an error, or whose answer broke off. */
      readonly failedRequests: number;
      /** Tokens of answers that broke off before the provider told their number, estimated from their length. Not in usage and cost; budgets count them. */
      readonly estimatedOutputTokens: number;
      /** Models without a price of their own: their cost is that of another one. */
      readonly unpricedModels: readonly string[];
      /** null: the CLI counted the same, or nothing. */
      readonly cliDifference: {
        readonly inputTokens: number;
        readonly outputTokens: number;
        readonly cacheReadInputTokens: number;
        readonly cacheCreationInputTokens: number;
        /** A decimal, also below 0. */
        readonly costUsd: string;
      } | null;
      /** File of the recorded traffic, in the data folder. */
      readonly recording?: string;
    } | null;
    /** What its agent used of the machine; null when none was started. */
    readonly resources: {
      /** CPU time with everything that the agent started, in milliseconds. */
      readonly cpuMs: number;
      /** Largest memory seen of all of it, in bytes. */
      readonly peakMemoryBytes: number;
    } | null;
  };
}

/** Data of an event that belongs to one reader, by its type. */
export interface ReaderEventDataMap {
  /** The log of the run outgrew its bound and its oldest deltas were cut: this stands for all of them up to `throughSeq`. Whatever text a reader has, it replaces. Events of other types up to there came before it. */
  'stream.snapshot': {
    /** Position that the text goes up to; the next frame follows it. */
    readonly throughSeq: number;
    /** The text of the answer so far, without void deltas. */
    readonly text: string;
    /** The thinking so far, without void deltas. */
    readonly thinking: string;
    /** What `text` and `thinking` are made of, in order. A later `text.replaced` voids the segments of its message within its range. */
    readonly segments: readonly ({
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
    })[];
  };
  /** Events that the reader asked for are no longer kept: their retention has passed. What follows begins after `throughSeq`. */
  'stream.gap': {
    /** First seq that is gone; null where whole runs may be. */
    readonly fromSeq: number | null;
    /** Last seq that is gone; null where whole runs may be. */
    readonly throughSeq: number | null;
  };
  /** The reader took nothing for STEWARD_READER_STALL_MS; the connection is closed. It can come back and loses nothing. */
  'stream.stalled': {
    /** Position behind the last event that was sent; for a run its seq. */
    readonly position: string;
  };
}

/** Exactly one of them ends a run; nothing follows. */
export const TERMINAL_TYPES = [
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const;
