import { isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';

/** A place in a list, opaque to clients. */
export const encodeCursor = (id: string): string => Buffer.from(`v1:${id}`).toString('base64url');

/** @throws ClaudeError `request.invalid` naming the field */
export function decodeCursor(cursor: string): string {
  const [version, id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  if (version === 'v1' && isId(id)) return id;
  throw ClaudeError.invalid([
    { field: 'cursor', reason: 'is not a cursor of this list; take nextCursor of the page before' },
  ]);
}
