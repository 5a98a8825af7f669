import { isRedisRefusal } from '@steward/redis';
import { ClaudeError } from './claude.error.js';

/** No room, or none that this user may have. */
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);
const CONNECTION_ERRORS = new Set(['MaxRetriesPerRequestError', 'ConnectionClosedError']);
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'ENOENT']);

/**
 * Any thrown value as a row of the table. A disk without room and a Redis that is away, or takes no writes, are failures that pass; what is
 * none of ours is masked as `internal.error` with its cause kept.
 */
export function claudeErrorOf(thrown: unknown): ClaudeError {
  if (thrown instanceof ClaudeError) return thrown;
  if (DISK_FULL.has((thrown as NodeJS.ErrnoException | null)?.code ?? ''))
    return new ClaudeError('server.disk_full', {}, { cause: thrown });
  if (isConnectionFailure(thrown) || isRedisRefusal(thrown))
    return new ClaudeError('queue.unavailable', {}, { cause: thrown });
  return new ClaudeError('internal.error', {}, { cause: thrown });
}

/** ioredis gives no class for "offline"; name, code and syscall are its stable marks, the texts its only ones. */
function isConnectionFailure(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (CONNECTION_ERRORS.has(thrown.name)) return true;
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  if (code && CONNECTION_CODES.has(code) && (syscall === 'connect' || syscall === 'read' || syscall === 'write'))
    return true;
  if (thrown.message === 'Command timed out') return true;
  return thrown.message === 'Connection is closed.' || thrown.message.startsWith("Stream isn't writeable");
}
