import { describe, expect, it } from 'vitest';
import { EMPTY } from 'rxjs';
import { ApiAttempt, type ApiAttemptOptions } from './api-attempt.js';

/** One whose way to the model cannot be opened, since the ledger's Redis is away. */
const options = {
  run: { id: 'r', sessionId: 's', owner: {}, failures: 0, request: { prompt: 'x' } },
  attempt: 1,
  writer: { push: () => 1, pushEvent: () => 1, lost: new AbortController().signal },
  door: {
    assign: () => Promise.reject(new Error('Connection is closed.')),
    unassign: () => Promise.resolve(),
    close: () => Promise.resolve(),
  },
  model: 'claude-haiku-4-5',
  history: [],
  facts: { of: () => EMPTY },
  breakers: EMPTY,
  watch: { pass: () => undefined, note: () => undefined },
} as unknown as ApiAttemptOptions;

describe('an attempt by the Messages API', () => {
  it('fails in a way that passes when Redis is away', async () => {
    const outcome = await new ApiAttempt(options).carry();
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'queue.unavailable', retryable: true } });
  });
});
