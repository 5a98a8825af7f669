import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ClaudeErrorService } from './claude-error.service.js';
import { ClaudeError } from './claude.error.js';
import { classifyFailedResult, type FailedResult } from './classify-end.js';
import { ERROR_CODES, errorRow } from './error.table.js';
import { redact } from './redact.js';

describe('the table of errors', () => {
  it.each(ERROR_CODES)('%s: a sentence without and with details', (code) => {
    expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
    for (const details of [{}, { reason: 'why', limit: 3, timeoutMs: 5 }]) {
      const { message } = new ClaudeError(code, details);
      expect(message).toMatch(/^[A-ZN].*[.:)]/);
      expect(message).not.toContain('undefined');
    }
    expect(errorRow(code).kind).toBeTruthy();
  });

  it('masks what is not ours and keeps the cause for the log', () => {
    const cause = new Error('secret inside');
    const error = new ClaudeErrorService().normalize(cause);
    expect(error.code).toBe('internal.error');
    expect(JSON.stringify(error.toView())).not.toContain('secret inside');
    expect(error.cause).toBe(cause);
  });
});

/** The facts of a recorded failure, as the translator and the executor collect them; null where nothing failed. */
function factsOf(name: string): FailedResult | null {
  const messages = readFileSync(`${GOLDEN}/${name}.ndjson`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const at = messages.findIndex(
    ({ type, is_error: failed, origin }) => type === 'result' && failed === true && !origin,
  );
  if (at === -1) return null;
  const result = messages[at] as Record<string, never>;
  const before = messages.slice(0, at);
  const retry = before.filter((message) => message['subtype'] === 'api_retry').at(-1);
  const synthetic = before.filter((message) => message['type'] === 'assistant' && message['error']).at(-1);
  return {
    subtype: result['subtype']!,
    terminalReason: result['terminal_reason'],
    stopReason: result['stop_reason'],
    apiErrorStatus: result['api_error_status'],
    assistantError: synthetic?.['error'] as string | undefined,
    lastRetryStatus: retry ? ((retry['error_status'] as number | null) ?? null) : undefined,
    text: result['result'],
  };
}

const GOLDEN = 'test/fixtures/golden';

/** Every recorded result that is an error, by what it is. */
const RECORDED: Readonly<Record<string, readonly string[]>> = {
  'run.interrupted': [
    '04c-permission-deny-interrupt',
    '04k-permission-pending-interrupt',
    '05a-interrupt-mid-text',
    '05c-sigint-bash',
    '09g-subagent-interrupt',
    '14j-interrupt-last-exit',
    '16a-interrupt-hang-before-headers',
    '16b-interrupt-hang-mid-stream',
    '16c-interrupt-during-retry-backoff',
    '16g-interrupt-at-once',
    '16h-interrupt-at-once-after-init',
    '16i-interrupt-with-queue',
    '26a-permission-never-answered',
    '28c-end-session-mid-turn',
    '90-cli-2.1.329-interrupt',
  ],
  'cli.failed': ['07j-resume-nonpersisted', '07p-resume-empty-transcript'],
  'run.max_turns': ['14f-max-turns-multi'],
  'budget.exceeded': ['14g-max-budget-multi'],
  'model.invalid_request': ['14i-error-then-success-exit', '28j-user-env-base-url', '90-cli-2.1.329-api-400'],
  'model.prompt_too_long': ['18d-prompt-too-long-reactive', '20-err-400-too-long'],
  'model.billing': ['20-err-400-credit', '20-err-402'],
  'auth.failed': ['20-err-401', '20-err-403', '22-err-401-oauth', '22-err-403-oauth'],
  'model.not_found': ['20-err-404-model'],
  'model.rate_limited': [
    '20-err-429-forever',
    '20-err-429-forever-retry-after-1',
    '20-err-429-retry-after-120',
    '20-err-429-should-retry-false',
    '21-err-429-retry-after-61',
    '22-err-429-oauth-unified',
  ],
  'model.failed': ['20-err-500-forever', '20-err-500-max-retries-0', '20-err-500-max-retries-2'],
  'model.overloaded': ['20-err-529-forever'],
  'model.refused': ['21-err-refusal'],
  'model.unreachable': [
    '20-err-conn-refused',
    '22-err-cut-forever-defaults',
    '22-err-cut-forever-nofallback-r1',
    '22-err-cut-forever-r1',
    '22-err-hang-mid-byte-idle-4s',
    '22-err-hang-mid-idle-4s',
    '22-err-hang-mid-idle-4s-watchdog',
    '22-err-malformed-x1-nofallback',
  ],
};
/** No field of these tells it: the last resort. */
const BY_TEXT: ReadonlySet<string> = new Set(['22-err-cut-forever-nofallback-r1']);

describe('recorded failures', () => {
  const rows = Object.entries(RECORDED).flatMap(([code, names]) => names.map((name) => [name, code] as const));

  it.each(rows)('%s is %s', (name, code) => {
    const classified = classifyFailedResult(factsOf(name)!);
    expect(classified.code).toBe(code);
    expect(classified.details['classifiedBy']).toBe(BY_TEXT.has(name) ? 'text' : undefined);
  });

  it('are all in the table', () => {
    const names = readdirSync(GOLDEN).filter((name) => name.endsWith('.ndjson'));
    const failed = names.map((name) => name.replace(/\.ndjson$/, '')).filter((name) => factsOf(name) !== null);
    expect(failed.toSorted()).toEqual(rows.map(([name]) => name).toSorted());
  });

  it.each([
    [{ trouble: 'overloaded', status: 529, reason: null }, 'model.overloaded'],
    [{ trouble: 'unreachable', status: null, reason: 'ECONNREFUSED' }, 'model.unreachable'],
    [{ trouble: 'stalled', status: 200, reason: 'ESTALLED' }, 'model.stalled'],
    [{ trouble: 'broken', status: 200, reason: 'overloaded_error' }, 'model.overloaded'],
    [{ trouble: 'broken', status: 200, reason: 'ECONNRESET' }, 'model.unreachable'],
    [{ trouble: 'refused_request', status: 413, reason: null }, 'model.prompt_too_long'],
    [{ trouble: 'refused_request', status: 422, reason: null }, 'model.invalid_request'],
  ])('what the gateway saw, %j, is %s, whatever the CLI says of it', (wire, code) => {
    const facts = { subtype: 'success', assistantError: 'server_error', text: 'API Error: Repeated 529 Overloaded' };
    const { code: found, details } = classifyFailedResult({ ...facts, wire });
    expect(found).toBe(code);
    expect(details).not.toHaveProperty('classifiedBy');
    if (wire.reason !== null) expect(details['cause']).toBe(wire.reason);
  });
});

describe('redact', () => {
  it.each([
    ['the key sk-ant-api03-abcdefghijk is bad', 'the key [redacted] is bad'],
    ['Authorization: Bearer abcdefghijklmnop', 'Authorization: [redacted]'],
    ['ANTHROPIC_API_KEY=hunter2hunter2', 'ANTHROPIC_API_KEY=[redacted]'],
    ['{"password": "hunter2hunter2"}', '{"password": "[redacted]"}'],
    ['AKIAABCDEFGHIJKLMNOP', '[redacted]'],
    ['nothing to see', 'nothing to see'],
  ])('%s', (text, shown) => expect(redact(text)).toBe(shown));

  it('masks the secrets that are known, wherever they stand', () => {
    expect(redact('x=my own secret!', ['my own secret'])).toBe('x=[redacted]!');
  });
});
