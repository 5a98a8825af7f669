import { describe, expect, it } from 'vitest';
import type { MessagesRequest, RequestMessage } from './api.types.js';
import { estimateInput, tokensOf } from './usage.estimate.js';

const request = (...messages: RequestMessage[]): MessagesRequest => ({
  model: 'm',
  system: 's'.repeat(4_000),
  tools: [{ name: 'Bash' }],
  messages,
});

const first: RequestMessage = { role: 'user', content: 'hello' };

describe('estimateInput', () => {
  it('writes everything to the cache at first', () => {
    const usage = estimateInput(request(first));
    expect(usage.cache_read_input_tokens).toBe(0);
    expect(usage.cache_creation_input_tokens).toBeGreaterThan(1_000);
  });

  it('reads from the cache what was there before, and writes what came since', () => {
    const reply: RequestMessage = { role: 'assistant', content: 'hi' };
    const usage = estimateInput(request(first, reply, { role: 'user', content: 'more' }));
    expect(usage.cache_read_input_tokens).toBeGreaterThan(1_000);
    expect(usage.cache_creation_input_tokens).toBeLessThan(20);
  });

  it('says the same of the same request', () => {
    expect(estimateInput(request(first))).toEqual(estimateInput(request(first)));
  });

  it('counts at least one token', () => {
    expect([0, 1, 4, 5].map(tokensOf)).toEqual([1, 1, 1, 2]);
  });
});
