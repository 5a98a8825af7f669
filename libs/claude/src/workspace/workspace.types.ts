export const WORKSPACE_KINDS = ['empty', 'template', 'worktree'] as const;
export type WorkspaceKind = (typeof WORKSPACE_KINDS)[number];

/** What a new session's workspace begins with. */
export type WorkspaceSource =
  | { readonly kind: 'empty' }
  /** A copy of a folder that the operator offers. */
  | { readonly kind: 'template'; readonly name: string }
  /** A checkout of its own of a repository that the operator offers; without `ref` of what is checked out there. */
  | { readonly kind: 'worktree'; readonly repository: string; readonly ref?: string | undefined };

export const EMPTY: WorkspaceSource = { kind: 'empty' };

/** What a workspace began with, as it was found. */
export interface WorkspaceOrigin {
  readonly kind: WorkspaceKind;
  /** Name of the template or the repository; null for an empty one. */
  readonly name: string | null;
  /** What was asked for; null for the repository's own HEAD, and where there is no repository. */
  readonly ref: string | null;
  /** Id of the commit that was checked out. */
  readonly commit: string | null;
}

export const EMPTY_ORIGIN: WorkspaceOrigin = { kind: 'empty', name: null, ref: null, commit: null };
