import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const KEPT = /^(anthropic-|x-claude-code-|accept|content-(length|type)$|user-agent$|x-app$|connection$|host$)/;
const SECRET = /^(x-api-key|authorization)$/;

/** What the journal says of a credential: enough to tell two of them apart, nothing to use. */
export const fingerprint = (credential: string): string =>
  createHash('sha256').update(credential).digest('hex').slice(0, 16);

/** The headers that a test may ask about. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (KEPT.test(name)) kept[name] = String(value);
    else if (SECRET.test(name)) kept[name] = `sha256:${fingerprint(String(value).replace(/^Bearer /i, ''))}`;
  }
  return kept;
}
