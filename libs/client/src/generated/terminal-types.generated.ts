// Made by `npm run generate` from the tables of the server; edit those.

/** Exactly one of them ends a run; nothing follows. */
export const TERMINAL_TYPES = [
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const;
