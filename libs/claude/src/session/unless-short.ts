import { ClaudeError } from '../error/index.js';

const SHORTAGES = new Set(['EAGAIN', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * For a look whose failure means that nothing is there. Where the server itself was short of something nobody has
 * looked, and no process starts on the guess that all is well.
 *
 * @throws ClaudeError `cli.spawn_failed`, with the errno, then
 */
export function unlessShort<T>(nothing: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (!SHORTAGES.has(error.code ?? '')) return nothing;
    throw new ClaudeError('cli.spawn_failed', { errno: error.code }, { cause: error });
  };
}
