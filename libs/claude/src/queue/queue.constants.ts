/** The one BullMQ queue: it carries what may start. */
export const RUN_QUEUE = 'runs';
export const QUEUE_PREFIX = 'steward:bull';
export const RUN_JOB = 'run';
