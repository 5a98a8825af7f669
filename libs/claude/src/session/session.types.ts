import { type SessionId } from '../config/index.js';
import { type WorkspaceOrigin, type WorkspaceSource } from '../workspace/index.js';

/** Who a run or a session belongs to. */
export interface Owner {
  readonly tenant: string;
  readonly user: string;
}

/**
 * `idle`: open and nothing runs in it; its process waits, or nothing has run yet. `running`: a run has it. `hibernated`:
 * no agent process, everything kept to resume. A closed session is gone.
 */
export type SessionState = 'idle' | 'running' | 'hibernated' | 'closed';

export interface SessionRecord {
  readonly id: SessionId;
  readonly owner: Owner;
  readonly state: SessionState;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** Runs that ended in it. */
  readonly runs: number;
  /** The CLI's own id of the conversation. */
  readonly cliSessionId: string;
  /** User of its agent processes; null while it never needed one. */
  readonly uid: number | null;
  /** Bytes of its workspace when that was found too large; 0 while it never was. */
  readonly grownToBytes: number;
  /** What its workspace began with. */
  readonly workspace: WorkspaceOrigin;
  /** Bytes on disk of all its files, when they were last measured: after a run, or as it was made. */
  readonly bytes: number;
  /** Name of its folder in `sessions`. */
  readonly place: string;
  /** Whether it is closed when nothing runs or waits in it any more. */
  readonly passing: boolean;
  /** The session that it was forked from. */
  readonly forkedFrom: SessionId | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What people allowed for the rest of it: names of tools, and of Bash each command. */
  readonly allowed: readonly string[];
  /** Agent processes that crashed in it, one after the other, without a result in between. */
  readonly crashes: number;
  /** Until when its runs are refused for that; ISO 8601, null: they are not. */
  readonly unhealthyUntil: string | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface NewSession {
  /** Made by `newSessionId`; a new one without it. */
  readonly id?: SessionId | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** What its workspace begins with; nothing without it. */
  readonly workspace?: WorkspaceSource | undefined;
  /** Closed when nothing runs or waits in it any more. */
  readonly passing?: boolean | undefined;
  /** Made for a run that is being accepted: where none comes, because who accepts it dies, the clean-up closes it. */
  readonly forRun?: boolean | undefined;
}

/** What there is of something, and how much there may be; null: any number. */
export interface Holding {
  readonly current: number;
  readonly limit: number | null;
}

/** What one owner has open. */
export interface Holdings {
  readonly sessions: Holding;
  /** Agent processes of the owner's sessions, those that wait included. */
  readonly processes: Holding;
  /** Bytes on disk, as last measured. */
  readonly workspaceBytes: Holding;
}
