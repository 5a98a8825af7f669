import { ClaudeError } from '../error/index.js';

/** Of Linux: bytes of one name, and of a whole path. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4096;
const MAX_DEPTH = 64;

/**
 * The names that lead from a workspace to something in it, each one step down.
 *
 * @param names decoded one by one, so that an encoded slash stands inside a name; none: the workspace itself
 * @throws ClaudeError `request.invalid` for what is no way down: empty names, `.` and `..`, slashes, NUL, too long ones
 */
export function checkedPath(names: readonly string[]): readonly string[] {
  const reason =
    names.length > MAX_DEPTH ? `is deeper than ${MAX_DEPTH} folders` : names.map(reasonAgainst).find(Boolean);
  if (reason) throw ClaudeError.invalid([{ field: 'path', reason }]);
  if (Buffer.byteLength(names.join('/')) > MAX_PATH_BYTES)
    throw ClaudeError.invalid([{ field: 'path', reason: `is longer than ${MAX_PATH_BYTES} bytes` }]);
  return names;
}

/** The same of a path in one text; empty: the workspace itself. */
export const pathOf = (text: string): readonly string[] => checkedPath(text === '' ? [] : text.split('/'));

function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'has an empty name in it; it begins and ends without a slash';
  if (name === '.' || name === '..') return `must not have the name ${name} in it`;
  if (name.includes('/')) return 'has a name with a slash in it';
  if (name.includes('\0')) return 'has a name with the character NUL in it';
  if (/\p{Surrogate}/u.test(name)) return 'has a name that is not Unicode';
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? `has a name of more than ${MAX_NAME_BYTES} bytes` : undefined;
}
