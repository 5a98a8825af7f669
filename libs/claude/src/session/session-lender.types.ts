import { type CliProfile, type ToolDecision, type ToolHooks, type ToolQuestion } from '../command/index.js';
import { type ModelDoor } from '../model/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { type SessionLease } from './session-lease.js';
import { type SessionRecord } from './session.types.js';
import { type WarmProcess } from './warm-process.js';

/** The right to act on a session, and its process where one waited with it. Give it back with `giveBack`. */
export interface SessionHold {
  readonly sessionId: string;
  readonly lease: SessionLease;
  process: WarmProcess | null;
  /** Resolves when that the session runs is on its way to Redis: what is written of it later comes later. */
  told?: Promise<void>;
}

/** What a run leaves of the process that served it. */
export interface RunLeft {
  /** Bytes of the workspace where it was found too large, else 0. */
  readonly grownToBytes: number;
  /** Whether it crashed, or gave a result; null: it was ended before either. */
  readonly crashed: boolean | null;
  /** Whether it is written what became of it. */
  readonly isSettled: boolean;
}

/** Who decides what no rule does. */
export interface People {
  readonly ask: (question: ToolQuestion, signal: AbortSignal) => Promise<ToolDecision>;
  /** Tools that run without a person once a plan was accepted. */
  readonly toolsAfterPlan: ReadonlySet<string>;
}

export interface LendRequest {
  /** Its record, asked for where no process waits; null when it is closed. */
  readonly session: () => Promise<SessionRecord | null>;
  readonly hold: SessionHold;
  readonly profile: CliProfile;
  /** Tools that run without a person. */
  readonly tools: ReadonlySet<string>;
  /** Asks people about what is not in `tools`; null: it is denied. */
  readonly people?: People | null;
  /** Callbacks around tool calls; null for none. */
  readonly hooks?: ToolHooks | null;
  /** Whether it will get what an earlier attempt said to it: the CLI passes over a line whose uuid it has had, and never answers. */
  readonly repeats?: boolean;
  /** Gives up the start; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Hears what a process is waited for, where none is there at once. */
  readonly tell?: (phase: 'place' | 'starting' | 'resuming') => void;
}

/** How a run got its process: one that waited for its session, or for any new one; a new one that reopened the conversation, or began it. */
export type LentHow = 'hot' | 'spare' | 'resumed' | 'new';

/** A ready agent process of a session. */
export interface LentProcess {
  readonly agent: AgentProcess;
  /** Its way to the model, which passes nothing until it is assigned to a run. */
  readonly door: ModelDoor;
  readonly how: LentHow;
}

export interface WaitFor {
  /** The run that the lease is wanted for, which its holder may carry instead; null for something else. */
  readonly runId: string | null;
  /** Whether it is still wanted. */
  readonly wanted: () => Promise<boolean>;
}
