import { type IncomingHttpHeaders } from 'node:http';
import { type ModelFact, type ModelTrouble, type RateLimit } from './model-fact.types.js';

type Told = Pick<ModelFact, 'retryAfterMs' | 'resetsAt' | 'limits'>;

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
  const limits: Record<string, { -readonly [Key in keyof RateLimit]: RateLimit[Key] }> = {};
  for (const [header, value] of Object.entries(headers)) {
    const [, name, part] = LIMIT.exec(header) ?? [];
    if (name === undefined || typeof value !== 'string') continue;
    const limit = (limits[name] ??= { limit: null, remaining: null, resetsAt: null });
    if (part === 'reset') limit.resetsAt = timeOf(value);
    else limit[part as 'limit' | 'remaining'] = numberOf(value);
  }
  const retryAfterMs = retryAfter(headers['retry-after'], now);
  const used = Object.values(limits).filter(({ remaining, resetsAt }) => remaining === 0 && resetsAt !== null);
  const latest = used.map(({ resetsAt }) => resetsAt!).toSorted();
  const unified = limits['unified']?.resetsAt ?? null;
  const waited = retryAfterMs === null ? null : new Date(now.getTime() + retryAfterMs).toISOString();
  return { limits, retryAfterMs, resetsAt: waited ?? unified ?? latest.at(-1) ?? null };
}

function retryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && value.trim() !== '') return Math.max(0, Math.round(seconds * 1000));
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

const numberOf = (text: string): number | null => (Number.isFinite(Number(text)) && text.trim() ? Number(text) : null);

function timeOf(text: string): string | null {
  const at = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
