// Made by `npm run generate` from the tables of the server; edit those.

import { type ModelRequest, type RunEnd, type RunError, type RunFailure, type Usage } from './event-shapes.generated.js';

/** Data of these events, by type. */
export interface RunEventDataMap {
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
    /** How the run got its agent process: hot (it had waited for this session), spare (it had waited for a new one), resumed or new; api: it has none, the Messages API answers. */
    readonly process: string;
  };
  /** Why it is quiet, or what it is doing. */
  'run.progress': {
    /** requesting, thinking, api_retry, tool, compacting, model_fallback, stopping, background, rate_limit, model_error, outage (a breaker opened or closed), mcp (servers that are not there), hand_over or other. Of a run that is quiet for STEWARD_QUIET_MS: what its `activity` says. */
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
    /** When it ends: rate_limit, model_error: as the provider says. */
    readonly resetsAt?: string;
    /** Milliseconds since it began. */
    readonly elapsedMs?: number;
  };
  /** Tokens and cost so far. */
  'usage': {
    /** Tokens of this run, all models and subagents together. */
    readonly usage: Usage;
    /** Cost of this run so far in USD, a decimal. */
    readonly costUsd: string;
    /** Tokens of answers under way or broken off that the provider has not told, estimated. Not in usage. */
    readonly estimatedOutputTokens?: number;
    /** One request to the model that has ended. */
    readonly request?: ModelRequest;
  };
  /** An attempt failed, or its worker was lost; the run waits for the next one. */
  'run.retrying': {
    /** Number of the attempt that failed. */
    readonly attempt: number;
    /** Attempts that may fail or be lost before the run does. */
    readonly maxAttempts: number;
    readonly error: RunError;
    /** Milliseconds until the next attempt may begin. */
    readonly delayMs: number;
    /** The same as a time, ISO 8601 UTC. */
    readonly retryAt: string;
  };
  /** A limit of the model provider is used up, and the run goes on by itself when it is not any more; people take their time with an answer, and the run has given its agent process back until it comes; or something is out of order, and the run goes on when it works again. `error` says which. */
  'run.parked': {
    /** Number of the attempt that has come to this: how often it was tried. */
    readonly attempt: number;
    /** When what is out of order is tried next, by this run or another one that waits; null: nobody knows. */
    readonly retryAt: string | null;
    /** When it goes on at the latest: end of the limit, deadline of an approval, or a look at whether the outage is over; ISO 8601 UTC. */
    readonly until: string;
    readonly error: RunError;
  };
  /** Something is out of order, and the run goes on another way than it was asked for. */
  'run.degraded': {
    /** fallback_model (the CLI with that model), api (the Messages API, without tools) or wait (until it is in order again). */
    readonly step: string;
    /** A code of docs/errors.md: what is in the way. */
    readonly why: string;
  };
  /** An attempt goes on with what an earlier one began. The deltas of the named range are void: text and thinking, of every message. */
  'run.resumed': {
    /** Number of the attempt. */
    readonly attempt: number;
    /** First seq of the void range; null: nothing is void. */
    readonly fromSeq: number | null;
    /** Last seq of the void range; null: nothing is void. */
    readonly throughSeq: number | null;
    /** Tool calls that may have acted, and whose outcome nobody knows. The model is told so; they are not repeated by Steward and have no `tool.finished`. */
    readonly unknownTools: readonly {
      /** Id of the call. */
      readonly toolUseId: string;
      /** Name of the tool. */
      readonly name: string;
      /** Its input. */
      readonly input: unknown;
    }[];
  };
  /** A message of the CLI as it was: one that this version does not know (never an error), or any, where the request asked for `rawMessages`. */
  'raw': {
    /** The message as it was. */
    readonly message: unknown;
  };
  /** The run has its result. */
  'run.completed': RunEnd;
  /** The run failed. */
  'run.failed': RunFailure;
  /** The run was cancelled or interrupted. */
  'run.cancelled': RunFailure;
}
