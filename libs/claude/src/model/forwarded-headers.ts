import { type ModelCredential } from '../config/index.js';

/** Headers of one connection, which end at it (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const CREDENTIALS: ReadonlySet<string> = new Set(['x-api-key', 'authorization', 'cookie']);
/** What the meter can read. */
const ENCODINGS: ReadonlySet<string> = new Set(['gzip', 'deflate', 'br', 'identity']);

/** Headers as they stand on the wire: name, value, name, value. */
type RawHeaders = readonly string[];

function* pairsOf(raw: RawHeaders): Generator<readonly [name: string, value: string]> {
  const named = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2)
    if (raw[at]!.toLowerCase() === 'connection')
      for (const word of raw[at + 1]!.split(',')) named.add(word.trim().toLowerCase());
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (!HOP_BY_HOP.has(name) && !named.has(name)) yield [raw[at]!, raw[at + 1]!];
  }
}

/** What goes to the provider: everything that the CLI said, with the real credential in place of the token. */
export function requestHeaders(raw: RawHeaders, host: string, credential: ModelCredential): string[] {
  const sent = ['Host', host];
  for (const [name, value] of pairsOf(raw)) {
    const lower = name.toLowerCase();
    if (lower === 'host' || lower === 'expect' || CREDENTIALS.has(lower)) continue;
    sent.push(name, lower === 'accept-encoding' ? readable(value) : value);
  }
  if (credential.apiKey !== null) sent.push('x-api-key', credential.apiKey);
  if (credential.authToken !== null) sent.push('Authorization', `Bearer ${credential.authToken}`);
  return sent;
}

/** The CLI does what it says, whatever the status (docs/cli-compatibility.md). */
const ADVICE = 'x-should-retry';

/**
 * What goes back to the CLI.
 *
 * @param repeats whether it is to repeat the request; null: as the provider says, or as it does by itself
 */
export function responseHeaders(raw: RawHeaders, repeats: boolean | null = null): string[] {
  const pairs = [...pairsOf(raw)];
  if (repeats === null) return pairs.flat();
  return [...pairs.filter(([name]) => name.toLowerCase() !== ADVICE).flat(), ADVICE, String(repeats)];
}

function readable(value: string): string {
  const words = value.split(',').map((word) => word.trim());
  return words.filter((word) => ENCODINGS.has(word.split(';')[0]!.toLowerCase())).join(', ') || 'identity';
}
