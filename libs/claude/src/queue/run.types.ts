import { type ApprovalDefault, type ApprovalMode } from '../approval/index.js';
import {
  type Attachment,
  type AttachmentInfo,
  type BackgroundMode,
  type CommandCall,
  type RawMessages,
  type RunOptions,
} from '../command/index.js';
import { type RunId, type SessionId } from '../config/index.js';
import { type ErrorCode, type ErrorView } from '../error/index.js';
import { type Owner } from '../session/index.js';
import { type WorkspaceSource } from '../workspace/index.js';
import { type Metering, type RunResult, type Usage, type UsageByModel } from '../stream/index.js';
import { type RunActivityView } from './run-activity.types.js';
import { type RunResources } from '../wrapper/index.js';

/** What a caller asks for; every field is valid by itself, the policy is checked at submission. */
export interface RunRequest extends RunOptions {
  /** Text for the model; never executed as a slash command. Exactly one of this and `command`. */
  readonly prompt?: string;
  readonly command?: CommandCall;
  /** Images, PDFs and texts that go to the model with the prompt. */
  readonly attachments?: readonly Attachment[];
  /** The same once accepted; their content is kept elsewhere. */
  readonly attached?: readonly AttachmentInfo[];
  /** An open session to go on with; without it the run gets a session of its own. */
  readonly sessionId?: string;
  /** Whether the session that a run without one gets stays open after it. @default true */
  readonly keepSession?: boolean;
  /** Without `sessionId`: what the workspace of the run's own session begins with; nothing without it. */
  readonly workspace?: WorkspaceSource;
  /** What its attempts may take together, in milliseconds, without waits for people. */
  readonly timeoutMs?: number;
  /** Tokens of all kinds that the run may use, subagents included. */
  readonly maxTokens?: number;
  /** Keeps what is said to the model and by it, where the policy allows it. */
  readonly recordModelTraffic?: boolean;
  /** What becomes of commands and subagents that still run in the background when the answer is there. */
  readonly backgroundTasks?: BackgroundMode;
  /** Which messages of the CLI are events of their own (`raw`), too. */
  readonly rawMessages?: RawMessages;
  /** What to do when the session has a run already: wait in order, refuse, or end what runs and go next. */
  readonly busyPolicy?: BusyPolicy;
  /** 0 to 9; each step is worth a minute of waiting among the caller's own runs. */
  readonly priority?: number;
  /** ISO 8601; a moment that has passed means now. */
  readonly startAt?: string;
  /** Attempts that may fail or be lost before the run does. @default STEWARD_RUN_ATTEMPTS */
  readonly maxAttempts?: number;
  /** What becomes of tools that no rule names, questions and plans. @default STEWARD_APPROVALS */
  readonly approvals?: ApprovalMode;
  /** How long each waits for an answer, in milliseconds. @default STEWARD_APPROVAL_TIMEOUT_MS */
  readonly approvalTimeoutMs?: number;
  /** What is done when nobody answered. @default deny */
  readonly approvalDefault?: ApprovalDefault;
  /** What it does while something that it needs is out of order. @default STEWARD_ON_OUTAGE */
  readonly onOutage?: OutageMode;
  /** With `onOutage: degrade`: what may answer where no CLI can; it has no tools. */
  readonly fallback?: FallbackMode;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const OUTAGE_MODES = ['wait', 'fail', 'degrade'] as const;
export type OutageMode = (typeof OUTAGE_MODES)[number];

export const FALLBACK_MODES = ['none', 'api'] as const;
export type FallbackMode = (typeof FALLBACK_MODES)[number];

/** Steps down from the CLI with the model that was asked for. */
export const DEGRADE_STEPS = ['fallback_model', 'api', 'wait'] as const;
export type DegradeStep = (typeof DEGRADE_STEPS)[number];

/** How a run was carried other than it was asked for. */
export interface Degraded {
  readonly step: DegradeStep;
  /** What was in the way: a code of the error table. */
  readonly why: ErrorCode;
}

export const BUSY_POLICIES = ['enqueue', 'reject', 'interrupt', 'steer'] as const;
export type BusyPolicy = (typeof BUSY_POLICIES)[number];

/** Why a run is to end before its time. */
export type CancelCode = 'run.cancelled' | 'run.interrupted' | 'approval.stopped';

export type RunState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
export const RUN_STATES: readonly RunState[] = ['pending', 'running', 'completed', 'failed', 'cancelled'];

/** Why a run waits, beyond its turn. */
export const WAITING_FOR = ['start_at', 'retry', 'rate_limit', 'approval', 'outage'] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];

/** What a worker waits for that has it and has not begun with it. */
export type PendingFor = 'alone' | 'lease';

/** How far a run is. */
export interface RunProgressView {
  /** Answers of the model so far. */
  readonly turns: number;
  readonly toolCalls: number;
  /** Tokens of all kinds. */
  readonly tokens: number;
}

/** A run as every transport shows it. Times are ISO 8601 UTC, money a decimal string. */
export interface RunView {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly state: RunState;
  readonly waitingFor: WaitingFor | null;
  /** When it goes on, or what is away is tried next; null when nobody knows. */
  readonly waitingUntil: string | null;
  readonly attempts: number;
  readonly owner: Owner;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly lastSeq: number;
  /** Renewed about every second while it runs; null before that. */
  readonly progress: RunProgressView | null;
  /** What it does or waits for; null when it has ended. */
  readonly activity: RunActivityView | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly result: RunResult | null;
  readonly usage: Usage;
  readonly usageByModel: UsageByModel;
  readonly costUsd: string;
  /** How usage and cost were found; null before the end, and when no request was made. */
  readonly metering: Metering | null;
  /** What its agent used of the machine; null before the end. */
  readonly resources: RunResources | null;
  readonly error: ErrorView | null;
  /** What its last attempt met, while it waits or is tried again; null in the first attempt, and when it has ended. */
  readonly lastError: ErrorView | null;
  /** The step of the ladder that it is on, or ended on; null: it is carried as it was asked for. */
  readonly degraded: Degraded | null;
}

/** What following a run needs of it: the result alone may be many megabytes. */
export type RunPlace = Pick<RunView, 'id' | 'sessionId' | 'owner' | 'endedAt' | 'lastSeq'>;

export interface RunRecord extends RunView {
  readonly request: RunRequest;
  readonly cancelRequested: CancelCode | null;
  /** Attempts that failed or were lost. */
  readonly failures: number;
  /** Milliseconds that its attempts have taken, without waits for people. */
  readonly spentMs: number;
  /** When it first waited for the end of an outage (epoch ms). */
  readonly outageSince: number | null;
  /** What it waits for the end of, or did so last; null: nothing that anybody would tell the end of. */
  readonly outage: string | null;
  /** When the last attempt began; ISO 8601. */
  readonly claimedAt: string | null;
  /** Workers that died while they carried it. */
  readonly workersLost: number;
  /** The worker that carries it, or did so last; null where it never told. */
  readonly worker: string | null;
  /** Whether somebody has said something to it. */
  readonly hasInput: boolean;
  /** Whether something was answered in its session without the CLI, when it was claimed. */
  readonly hasForeign: boolean;
  /** Why the last attempt did not end the run; null in the first one. */
  readonly returnedFor: ErrorCode | null;
}
