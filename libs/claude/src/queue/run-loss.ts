import { ClaudeError } from '../error/index.js';
import { type RunRecord } from './run.types.js';

/** Why an attempt ended whose worker died: what has taken as many workers with it as it may is given to no other. */
export function lossOf(
  { workersLost }: Pick<RunRecord, 'workersLost'>,
  { runWorkerDeaths }: { readonly runWorkerDeaths: number },
): ClaudeError {
  const workers = workersLost + 1;
  return workers < runWorkerDeaths ? new ClaudeError('worker.lost') : new ClaudeError('run.poisoned', { workers });
}
