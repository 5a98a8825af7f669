// Made by `npm run generate` from the tables of the server; edit those.

/** Whose something is. */
export type Owner = {
  readonly tenant: string;
  readonly user: string;
};

/** What the workspace of a new session begins with. */
export type WorkspaceSource = {
  /** empty; template: a copy of a folder that the operator offers; worktree: a checkout of its own of a repository that the operator offers. */
  readonly kind: 'empty' | 'template' | 'worktree';
  /** Of a template: its name. */
  readonly name?: string;
  /** Of a worktree: name of the repository. */
  readonly repository?: string;
  /** Of a worktree: a branch, tag or commit; without it what is checked out in the repository. */
  readonly ref?: string;
};

/** What the workspace of a session began with. */
export type Workspace = {
  readonly kind: 'empty' | 'template' | 'worktree';
  /** Of the template or the repository. */
  readonly name: string | null;
  /** What was asked for of a repository. */
  readonly ref: string | null;
  /** The commit that was checked out. */
  readonly commit: string | null;
  /** On disk, of all files of the session, as last measured: shortly after a run. */
  readonly bytes: number;
};

/** A session. Times are ISO 8601 UTC. */
export type Session = {
  readonly id: string;
  readonly state: 'idle' | 'running' | 'hibernated' | 'closed';
  readonly owner: Owner;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** Runs that ended in it. */
  readonly runs: number;
  /** What its workspace began with. */
  readonly workspace: Workspace;
  /** The session that it was forked from. */
  readonly forkedFrom: string | null;
  /** What people allowed for the rest of it: names of tools, and of Bash each command. */
  readonly allowed: readonly string[];
  /** Agent processes that crashed in it, one after the other, without a result in between. */
  readonly crashes: number;
  /** Until when its runs are refused with session.unhealthy; null: they are not. */
  readonly unhealthyUntil: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

/** One message of a session’s conversation. */
export type TranscriptMessage = {
  /** The CLI's id of the message. */
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly at: string | null;
  /** Model of an answer. */
  readonly model: string | null;
  /** Blocks of the Messages API: text, thinking, tool_use, tool_result, … */
  readonly content: readonly Readonly<Record<string, unknown>>[];
  /** Written by the CLI: a summary, or a note about an interrupt. */
  readonly synthetic: boolean;
};
