import { describe, expect, it } from 'vitest';
import { limitsOf, troubleOf } from './answer-headers.js';
import { requestHeaders, responseHeaders } from './forwarded-headers.js';

const NOW = new Date('2026-11-21T10:00:00Z');

describe('what headers say about limits', () => {
  it('reads each limit by name, with reset times in both forms', () => {
    const told = limitsOf(
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-21T10:01:00Z',
        'anthropic-ratelimit-unified-5h-reset': '1795258800',
        'anthropic-ratelimit-tokens-remaining': 'many',
      },
      NOW,
    );
    expect(told.limits).toEqual({
      requests: { limit: 50, remaining: 0, resetsAt: '2026-11-21T10:01:00.000Z' },
      'unified-5h': { limit: null, remaining: null, resetsAt: '2026-11-21T11:00:00.000Z' },
      tokens: { limit: null, remaining: null, resetsAt: null },
    });
    expect(told.resetsAt).toBe('2026-11-21T10:01:00.000Z');
  });

  it.each([
    ['30', 30_000, '2026-11-21T10:00:30.000Z'],
    ['0.5', 500, '2026-11-21T10:00:00.500Z'],
    ['Sat, 21 Nov 2026 10:02:00 GMT', 120_000, '2026-11-21T10:02:00.000Z'],
    ['soon', null, null],
    ['', null, null],
  ])('retry-after %s', (value, retryAfterMs, resetsAt) =>
    expect(limitsOf({ 'retry-after': value }, NOW)).toMatchObject({ retryAfterMs, resetsAt }),
  );

  it.each([
    [200, null],
    [400, 'refused_request'],
    [401, 'refused_credential'],
    [403, 'refused_credential'],
    [429, 'rate_limited'],
    [500, 'failed'],
    [529, 'overloaded'],
  ] as const)('status %i is %s', (status, trouble) => expect(troubleOf(status)).toBe(trouble));
});

describe('what a provider says about trying again', () => {
  const now = new Date('2026-11-21T12:00:00.000Z');
  const soon = '2026-11-21T12:00:30.000Z';
  const NO_WORD = { limits: {}, shouldRetry: null, retryAfterMs: null, resetsAt: null };

  it.each([
    ['nothing', {}, NO_WORD],
    ['a short wait', { 'retry-after': '30' }, { ...NO_WORD, retryAfterMs: 30_000, resetsAt: soon }],
    ['a wait in milliseconds', { 'retry-after-ms': '30000' }, { ...NO_WORD, retryAfterMs: 30_000, resetsAt: soon }],
    ['a long wait', { 'retry-after': '90000' }, { retryAfterMs: 90_000_000, resetsAt: '2026-11-22T13:00:00.000Z' }],
    ['a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, { retryAfterMs: 30_000, resetsAt: soon }],
    ['a date that is over', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, { retryAfterMs: 0 }],
    ['a wait beyond all dates', { 'retry-after': '1e300' }, { retryAfterMs: 315_360_000_000 }],
    ['a word that is none', { 'retry-after': 'soon', 'x-should-retry': 'maybe' }, NO_WORD],
    ['that it is of no use', { 'x-should-retry': 'false' }, { ...NO_WORD, shouldRetry: false }],
    ['that it may work', { 'x-should-retry': 'true' }, { ...NO_WORD, shouldRetry: true }],
    ['a reset of what is used up', used('requests', '0'), { retryAfterMs: null, resetsAt: soon }],
    ['a reset of what is left', used('requests', '7'), { retryAfterMs: null, resetsAt: null }],
    ['the unified limit', { 'anthropic-ratelimit-unified-reset': '1795262430' }, { resetsAt: soon }],
    ['one of its parts', used('unified-5h', '0'), { resetsAt: soon }],
    ['a reset that is no time', { 'anthropic-ratelimit-unified-reset': '∞' }, { resetsAt: null }],
    ['the name of something else', used('__proto__', '0'), { resetsAt: soon }],
  ])('%s', (_what, headers, told) => expect(limitsOf(headers, now)).toMatchObject(told));

  it('names from outside change nothing but themselves', () => {
    limitsOf(used('__proto__', '5'), now);
    expect(({} as Record<string, unknown>)['remaining']).toBeUndefined();
    expect(Object.hasOwn(limitsOf(used('__proto__', '5'), now).limits, '__proto__')).toBe(true);
  });

  function used(name: string, remaining: string): Record<string, string> {
    return { [`anthropic-ratelimit-${name}-remaining`]: remaining, [`anthropic-ratelimit-${name}-reset`]: soon };
  }
});

describe('forwarded headers', () => {
  it('keep their order and form, lose what belongs to the connection, and get the credential', () => {
    const raw = [
      'Host',
      'gw',
      'X-Api-Key',
      'token',
      'Anthropic-Beta',
      'a',
      'anthropic-beta',
      'b',
      'TE',
      'x',
      'Cookie',
      'c',
    ];
    const sent = requestHeaders(raw, 'api.example', { apiKey: 'key', authToken: null });
    expect(sent).toEqual(['Host', 'api.example', 'Anthropic-Beta', 'a', 'anthropic-beta', 'b', 'x-api-key', 'key']);
    const bearer = requestHeaders(['authorization', 'Bearer token'], 'h', { apiKey: null, authToken: 'real' });
    expect(bearer).toEqual(['Host', 'h', 'Authorization', 'Bearer real']);
    expect(responseHeaders(['Connection', 'x-a', 'X-A', '1', 'X-B', '2'])).toEqual(['X-B', '2']);
  });

  it.each([
    ['gzip, deflate, br, zstd', 'gzip, deflate, br'],
    ['zstd;q=1, gzip;q=0.5', 'gzip;q=0.5'],
    ['zstd', 'identity'],
  ])('ask for packings that can be read: %s', (asked, sent) => {
    const headers = requestHeaders(['Accept-Encoding', asked], 'h', { apiKey: null, authToken: null });
    expect(headers).toEqual(['Host', 'h', 'Accept-Encoding', sent]);
  });
});
