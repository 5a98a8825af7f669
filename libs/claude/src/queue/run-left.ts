import { type ErrorCode } from '../error/index.js';
import { type RunLeft } from '../session/index.js';
import { type RunOutcome } from './run-outcome.js';

/** Ends of an agent process that are its own doing. What the host lacks, or somebody else ended, is none. */
const CRASHES: ReadonlySet<ErrorCode> = new Set([
  'cli.crashed',
  'cli.protocol',
  'cli.failed_to_start',
  'cli.start_timed_out',
  'cli.no_answer',
  'cli.wedged',
]);

/** What a run leaves of its session. */
export const leftBy = (outcome: RunOutcome): Omit<RunLeft, 'isSettled'> => ({
  grownToBytes: grownToBytes(outcome),
  crashed: crashed(outcome),
});

function crashed({ result, error }: RunOutcome): boolean | null {
  if (error !== null && CRASHES.has(error.code)) return true;
  return result === null ? null : false;
}

/** Size of a workspace that ended its run; its next agent may not let it grow, but has to live to make it smaller. */
function grownToBytes({ error }: RunOutcome): number {
  const value = error?.code === 'cli.workspace_exceeded' ? error.details['value'] : 0;
  return typeof value === 'number' ? value : 0;
}
