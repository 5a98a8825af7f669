import { ClaudeError, type RunPlace, type RunView } from '@steward/claude';

/**
 * A reader's place in a run. One beyond its newest event is another run's: waiting there would never end.
 *
 * @throws ClaudeError `request.invalid` naming the field that the place came from
 */
export function checkedPosition(run: Pick<RunPlace, 'lastSeq'>, after: number, field: string): number {
  if (after <= run.lastSeq) return after;
  throw ClaudeError.invalid([{ field, reason: `is beyond the newest event of this run, ${run.lastSeq}` }]);
}

/** Whether a run had told nothing but its acceptance when it was looked at: a reader of all of it need not look again. */
export const isUntouched = ({ lastSeq, endedAt }: Pick<RunView, 'lastSeq' | 'endedAt'>): boolean =>
  lastSeq <= 1 && endedAt === null;
