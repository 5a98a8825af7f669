import { type ChildProcess } from 'node:child_process';
import { type ParsedLine } from '../command/index.js';
import { type AgentState } from './agent-state.js';
import { type Answerer } from './pending-answers.js';
import { type ExitReport, type LimitNotice, type ResourceSample } from './supervisor-channel.js';

export interface AgentProcessOptions {
  readonly cliPath: string;
  readonly arguments: readonly string[];
  /** The first request; its answer says that the CLI is ready. */
  readonly initialize: Readonly<Record<string, unknown>>;
  /** The whole environment of the CLI; the supervisor adds its mark only. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Interpreter and path of the supervisor. */
  readonly supervisor: readonly string[];
  /** A supervisor that waits already; null: one is started now. */
  readonly keeper: ChildProcess | null;
  /** Found again by the sweep after a crash of everything. */
  readonly mark: string;
  /** Ends what carries the mark and has lost its keepers. */
  readonly sweep: () => Promise<void>;
  readonly parse: (line: string) => ParsedLine;
  /** Masks secrets in what the CLI printed, before anybody sees it. */
  readonly redact: (text: string) => string;
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
  /** @param pid the outermost process of the tree */
  spawned(pid: number): void;
  moved(from: AgentState | null, to: AgentState): void;
  sampled(sample: ResourceSample): void;
  limited(limit: LimitNotice): void;
  /** @param asked whether we ended it */
  exited(report: ExitReport, stderr: string, asked: boolean): void;
}
