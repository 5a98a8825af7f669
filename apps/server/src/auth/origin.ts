import { type IncomingHttpHeaders } from 'node:http';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

const nameOf = (authority: string): string => authority.replace(/:\d+$/, '').toLowerCase();

/**
 * Whether a server that trusts everybody who can reach it may answer this request. A page of another site can make a
 * browser call loopback: under its own name (then `Origin` tells) or with its name pointed here (then `Host` does).
 */
export function isLocalRequest(headers: IncomingHttpHeaders): boolean {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK_NAMES.has(nameOf(host)) && !/^127(\.\d{1,3}){3}$/.test(nameOf(host)))
    return false;
  return origin === undefined || isSameOrigin(headers);
}

/** Whether a browser's page may open a socket here: its own origin only. */
export function isSameOrigin({ host, origin }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
