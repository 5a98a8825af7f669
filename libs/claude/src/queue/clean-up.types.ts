/** What one clean-up removed. */
export interface CleanUp {
  readonly sessions: number;
  /** Folders that spare processes of killed workers, or sessions that were not made to the end, had left. */
  readonly places: number;
  /** On disk, of the sessions, as last measured. */
  readonly bytes: number;
}

/** What operators see of it. */
export interface CleanUpView {
  /** When one came to its end; null while none did. */
  readonly lastAt: string | null;
  /** The last one that removed something. */
  readonly last: (CleanUp & { readonly at: string }) | null;
  /** Of all, since this Redis began. */
  readonly total: CleanUp;
}
