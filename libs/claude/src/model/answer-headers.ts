import { type IncomingHttpHeaders } from 'node:http';
import { type ModelFact, type ModelTrouble, type RateLimit } from './model-fact.types.js';

type Told = Pick<ModelFact, 'shouldRetry' | 'retryAfterMs' | 'resetsAt' | 'limits'>;

/** Nobody means a longer wait: a date so far ahead cannot even be written. */
const MAX_WAIT_MS = 10 * 365 * 24 * 3_600_000;

const LIMIT = /^anthropic-ratelimit-(.+)-(limit|remaining|reset)$/;

export function troubleOf(status: number): ModelTrouble | null {
  if (status < 400) return null;
  if (status === 429) return 'rate_limited';
  if (status === 529) return 'overloaded';
  if (status === 401 || status === 403) return 'refused_credential';
  return status >= 500 ? 'failed' : 'refused_request';
}

/** What the headers of an answer say about limits. Reset times come as ISO 8601 or as seconds since 1970. */
export function limitsOf(headers: IncomingHttpHeaders, now: Date): Told {
  const named = new Map<string, { -readonly [Key in keyof RateLimit]: RateLimit[Key] }>();
  for (const [header, value] of Object.entries(headers)) {
    const [, name, part] = LIMIT.exec(header) ?? [];
    if (name === undefined || typeof value !== 'string') continue;
    const limit = named.get(name) ?? { limit: null, remaining: null, resetsAt: null };
    named.set(name, limit);
    if (part === 'reset') limit.resetsAt = timeOf(value);
    else limit[part as 'limit' | 'remaining'] = numberOf(value);
  }
  // The names are the provider's: a `__proto__` among them must be a name like any other.
  const limits: Told['limits'] = Object.fromEntries(named);
  const retryAfterMs = millisOf(headers['retry-after-ms']) ?? retryAfter(headers['retry-after'], now);
  const used = Object.values(limits).filter(({ remaining, resetsAt }) => remaining === 0 && resetsAt !== null);
  const latest = used.map(({ resetsAt }) => resetsAt!).toSorted();
  const unified = limits['unified']?.resetsAt ?? null;
  const waited = retryAfterMs === null ? null : new Date(now.getTime() + retryAfterMs).toISOString();
  return {
    limits,
    shouldRetry: wordOf(headers['x-should-retry']),
    retryAfterMs,
    resetsAt: waited ?? unified ?? latest.at(-1) ?? null,
  };
}

function retryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && value.trim() !== '') return waitOf(seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : waitOf(at - now.getTime());
}

const waitOf = (millis: number): number => Math.min(MAX_WAIT_MS, Math.max(0, Math.round(millis)));

const wordOf = (value: unknown): boolean | null => (value === 'true' ? true : value === 'false' ? false : null);

function millisOf(value: unknown): number | null {
  const millis = typeof value === 'string' ? numberOf(value) : null;
  return millis === null ? null : waitOf(millis);
}

const numberOf = (text: string): number | null => (Number.isFinite(Number(text)) && text.trim() ? Number(text) : null);

function timeOf(text: string): string | null {
  const at = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
