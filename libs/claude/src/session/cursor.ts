import { isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';

/** Lists with cursors; a place in one is none in another. */
export type ListName = 'processes' | 'sessions' | 'messages' | 'approvals' | 'files';

/** A place in a list, opaque to clients. */
export const encodeCursor = (list: ListName, id: string): string =>
  Buffer.from(`v2:${list}:${id}`).toString('base64url');

/** @throws ClaudeError `request.invalid` naming the field */
export function decodeCursor(list: ListName, cursor: string): string {
  return decode(list, cursor, isId);
}

/** The same for a list whose places are numbers. */
export const decodePlace = (list: ListName, cursor: string): number =>
  Number(decode(list, cursor, (place) => /^\d{1,15}$/.test(place)));

/** Of a list whose places are texts; they are encoded once more, since they may have anything in them. */
export const encodeText = (list: ListName, text: string): string =>
  encodeCursor(list, Buffer.from(text).toString('base64url'));

/** @throws ClaudeError `request.invalid` naming the field */
export const decodeText = (list: ListName, cursor: string): string =>
  Buffer.from(
    decode(list, cursor, (place) => /^[\w-]+$/.test(place)),
    'base64url',
  ).toString();

function decode(list: ListName, cursor: string, isPlace: (place: string) => boolean): string {
  const [version, of, place = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  if (version === 'v2' && of === list && isPlace(place)) return place;
  throw ClaudeError.invalid([
    { field: 'cursor', reason: 'is not a cursor of this list; take nextCursor of the page before' },
  ]);
}
