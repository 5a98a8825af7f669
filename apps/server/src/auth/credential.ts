import { type IncomingHttpHeaders } from 'node:http';

/** The credential of a request: `Authorization: Bearer …`, else `x-api-key`. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  return bearer ?? (Array.isArray(key) ? key[0] : key);
}
