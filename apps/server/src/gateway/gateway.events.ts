/** What a client may send; each is answered by an acknowledgement. */
export const CLIENT_EVENTS = [
  'claude:execute',
  'claude:status',
  'claude:cancel',
  'claude:interrupt',
  'claude:approve',
  'claude:input',
  'claude:subscribe',
  'claude:unsubscribe',
] as const;

/** What the server sends; every payload carries the run's `id`. */
export const SERVER_EVENTS = {
  /** Place in the queue, 1 is next. Throttled, without seq. */
  queued: 'claude:queued',
  /** Every frame but the terminal one. */
  progress: 'claude:progress',
  /** The reader took nothing for too long: `position` is the last seq that was sent; the connection is closed. */
  stalled: 'claude:stalled',
  /** An approval of a followed run was requested or decided; beside its frame. */
  approval: 'claude:approval',
  /** The session that was followed is closed; nothing follows. */
  closed: 'claude:closed',
  /** The terminal frame of a completed run, with the run. */
  complete: 'claude:complete',
  /** The terminal frame of a failed or cancelled run, with the run; or, without an id, what was wrong with a message that asked for no acknowledgement. */
  error: 'claude:error',
} as const;
