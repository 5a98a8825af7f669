/** The one BullMQ queue: it carries what may start. */
export const RUN_QUEUE = 'runs';
export const QUEUE_PREFIX = 'steward:bull';
export const RUN_JOB = 'run';
/** A worker that was silent for so long has no place to give any more. */
export const ALIVE_MS = 5000;
