import { type PermissionMode } from '../command/index.js';
import { type RunId, type SessionId } from '../config/index.js';
import { type ErrorView } from '../error/index.js';
import { type Owner } from '../session/index.js';
import { type RunResult, type Usage } from '../stream/index.js';
import { type RunResources } from '../wrapper/index.js';

/** What a caller asks for; every field is valid by itself, the policy is checked at submission. */
export interface RunRequest {
  /** Text for the model; never executed as a slash command. */
  readonly prompt: string;
  /** An open session to go on with; without it the run gets a session of its own. */
  readonly sessionId?: string;
  readonly model?: string;
  readonly systemPrompt?: string;
  readonly appendSystemPrompt?: string;
  /** What may run without a question; without it the operator's list. */
  readonly allowedTools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  readonly permissionMode?: PermissionMode;
  readonly maxTurns?: number;
  /** From the start of the run, in milliseconds. */
  readonly timeoutMs?: number;
  /** JSON Schema of the output. */
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  /** What to do when the session has a run already: wait in order, or refuse. */
  readonly busyPolicy?: 'enqueue' | 'reject';
  readonly metadata?: Readonly<Record<string, string>>;
}

export type RunState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
export const RUN_STATES: readonly RunState[] = ['pending', 'running', 'completed', 'failed', 'cancelled'];

/** A run as every transport shows it. Times are ISO 8601 UTC, money a decimal string. */
export interface RunView {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly state: RunState;
  readonly waitingFor: string | null;
  readonly attempts: number;
  readonly owner: Owner;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly lastSeq: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly result: RunResult | null;
  readonly usage: Usage;
  readonly costUsd: string;
  /** What its agent used of the machine; null before the end. */
  readonly resources: RunResources | null;
  readonly error: ErrorView | null;
}

export interface RunRecord extends RunView {
  readonly request: RunRequest;
  readonly cancelRequested: boolean;
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
};
