import { type CliMessage, type ParsedLine } from '../command/index.js';
import { type AgentState } from './agent-state.js';
import { type Answerer } from './pending-answers.js';
import { type ExitReport, type LimitNotice, type ResourceSample } from './supervisor-channel.js';

/** Takes each message of a run; a promise holds the reading of stdout until it is settled. */
export type MessageConsumer = (message: CliMessage) => void | Promise<void>;

export interface AgentProcessOptions {
  readonly cliPath: string;
  readonly arguments: readonly string[];
  /** The whole environment of the CLI; the supervisor adds its mark only. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Interpreter and path of the supervisor. */
  readonly supervisor: readonly string[];
  /** Found again by the sweep after a crash of everything. */
  readonly mark: string;
  readonly parse: (line: string) => ParsedLine;
  /** The first control request; its answer means ready. */
  readonly initialize: Readonly<Record<string, unknown>>;
  /** Answers what the CLI asks (permissions, hooks). */
  readonly answer: Answerer;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  /** Options of the supervisor: limits and sandbox. */
  readonly supervision: readonly string[];
  readonly timings: AgentTimings;
  readonly maxLineBytes: number;
  readonly observer: AgentObserver;
}

/** All in milliseconds. */
export interface AgentTimings {
  readonly startTimeoutMs: number;
  readonly interruptGraceMs: number;
  readonly eofGraceMs: number;
  readonly killGraceMs: number;
  readonly controlTimeoutMs: number;
  readonly renewDeadlineMs: number;
}

/** Who watches; never in the way. */
export interface AgentObserver {
  moved(from: AgentState | null, to: AgentState): void;
  sampled(sample: ResourceSample): void;
  limited(limit: LimitNotice): void;
  exited(report: ExitReport, stderr: string): void;
}

/** Whether a prompt is over after this message; a result that answers it is, unless more is to follow. */
export type EndOfPrompt = (message: CliMessage) => boolean;
