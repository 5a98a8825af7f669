import { type SandboxMode } from '../config/index.js';

/** What this host gives. */
export interface SandboxPlan {
  readonly mode: SandboxMode;
  /** Whether each session has an unprivileged user of its own. */
  readonly ownUser: boolean;
  /** Why stronger modes are not used, by mode. */
  readonly why: Readonly<Record<string, string>>;
}

/** The files of one agent process. */
export interface SandboxSubject {
  /** User of the session; null where the plan has none. */
  readonly uid: number | null;
  readonly cliPath: string;
  /** What it may read, beside the system's folders and the CLI's own. */
  readonly readable: readonly string[];
  /** What it may write. */
  readonly writable: readonly string[];
}
