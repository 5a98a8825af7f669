import { ClaudeError } from './error/index.js';
import { type ClaudeQueueService } from './queue/index.js';
import { type Owner } from './session/index.js';

/** A position in a session's stream, as somebody gave it; one beyond its run's newest event is none. */
export async function checkedPlace(
  queue: Pick<ClaudeQueueService, 'place'>,
  owner: Owner,
  place: string,
): Promise<string> {
  const [runId, seq] = place.split(':');
  // A run that is gone is a gap, and one that goes on has no place beyond its newest event.
  const run = seq === undefined ? null : await queue.place(runId!, owner).catch(() => null);
  if (run && Number(seq) > run.lastSeq) {
    const reason = `is beyond the newest event of that run, ${run.lastSeq}`;
    throw ClaudeError.invalid([{ field: 'after', reason }]);
  }
  return place;
}
