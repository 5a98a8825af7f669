import { readFileSync } from 'node:fs';
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

/** The facts of a recorded failure, as the translator and the executor collect them. */
function factsOf(name: string): FailedResult {
  const messages = readFileSync(`test/fixtures/golden/${name}.ndjson`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const result = messages.find((message) => message['type'] === 'result' && message['is_error']) as Record<
    string,
    never
  >;
  const retry = messages.filter((message) => message['subtype'] === 'api_retry').at(-1);
  const synthetic = messages.filter((message) => message['type'] === 'assistant' && message['error']).at(-1);
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

describe('recorded failures', () => {
  it.each([
    ['20-err-400-credit', 'model.billing'],
    ['20-err-400-too-long', 'model.prompt_too_long'],
    ['20-err-401', 'auth.failed'],
    ['20-err-402', 'model.billing'],
    ['20-err-403', 'auth.failed'],
    ['20-err-404-model', 'model.not_found'],
    ['20-err-429-retry-after-120', 'model.rate_limited'],
    ['20-err-429-forever', 'model.rate_limited'],
    ['20-err-500-max-retries-0', 'model.failed'],
    ['20-err-500-max-retries-2', 'model.failed'],
    ['20-err-529-forever', 'model.overloaded'],
    ['20-err-conn-refused', 'model.unreachable'],
    ['21-err-refusal', 'model.refused'],
    ['22-err-cut-forever-r1', 'model.unreachable'],
    ['22-err-401-oauth', 'auth.failed'],
    ['05a-interrupt-mid-text', 'run.interrupted'],
    ['14f-max-turns-multi', 'run.max_turns'],
    ['14g-max-budget-multi', 'budget.exceeded'],
  ])('%s is %s', (name, code) => {
    expect(classifyFailedResult(factsOf(name)).code).toBe(code);
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
