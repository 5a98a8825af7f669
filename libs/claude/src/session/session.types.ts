import { type SessionId } from '../config/index.js';

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
  /** Name of its folder in `sessions`. */
  readonly place: string;
  /** Whether it is closed when nothing runs or waits in it any more. */
  readonly passing: boolean;
  /** The session that it was forked from. */
  readonly forkedFrom: SessionId | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What people allowed for the rest of it: names of tools, and of Bash each command. */
  readonly allowed: readonly string[];
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface NewSession {
  /** Made by `newSessionId`; a new one without it. */
  readonly id?: SessionId | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Closed when nothing runs or waits in it any more. */
  readonly passing?: boolean | undefined;
}
