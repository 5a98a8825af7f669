import { describe, expect, it } from 'vitest';
import { type ResultMessage, type StreamEventMessage } from './cli-message.types.js';
import { RunUsage } from './run-usage.js';

const event = (fields: StreamEventMessage['event']): StreamEventMessage => ({ type: 'stream_event', event: fields });
const start = event({
  type: 'message_start',
  message: { id: 'm', model: 'claude-x', usage: { input_tokens: 100, output_tokens: 1 } },
});
const delta = event({ type: 'message_delta', usage: { input_tokens: 100, output_tokens: 50 } });
const result: ResultMessage = {
  type: 'result',
  subtype: 'error_max_budget_usd',
  is_error: true,
  total_cost_usd: 0.5,
  modelUsage: { 'claude-x[1m]': { inputTokens: 100, outputTokens: 50, costUSD: 0.5 } },
};

describe('what a run used', () => {
  it('is counted once where the budget ends it between message_delta and message_stop (seen with 2.1.197)', () => {
    const usage = new RunUsage();
    usage.acceptStream(start);
    usage.acceptStream(delta);
    expect(usage.usage).toMatchObject({ inputTokens: 100, outputTokens: 50 });
    usage.acceptResult(result);
    expect(usage.usage).toMatchObject({ inputTokens: 100, outputTokens: 50 });
    expect(usage.costUsd).toBe('0.5');
  });

  it('keeps an answer that broke off before its message_delta, which the CLI leaves out', () => {
    const usage = new RunUsage();
    usage.acceptStream(start);
    usage.acceptResult({ ...result, modelUsage: {}, total_cost_usd: 0 });
    expect(usage.usage).toMatchObject({ inputTokens: 100, outputTokens: 1 });
  });
});
