import { ClaudeError } from '@steward/claude';

/**
 * The names behind `/files/`, decoded one by one, from the address as it came: what the router makes of it would have
 * lost which slashes were encoded.
 *
 * @throws ClaudeError `request.invalid` for an encoding that is none
 */
export function namesIn(originalUrl: string): string[] {
  const [path = ''] = originalUrl.split('?', 1);
  const at = path.indexOf('/files/');
  return path
    .slice(at + '/files/'.length)
    .split('/')
    .map(decoded);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw ClaudeError.invalid([{ field: 'path', reason: 'has a name that is not UTF-8 in percent-encoding' }]);
  }
}
