import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPrices } from '../config/index.js';
import { unitsOf, usdOf } from './money.js';
import { PriceTable } from './price-table.js';
import { declare, NOTHING_DECLARED } from './token-figures.js';

const table = new PriceTable(readPrices(JSON.parse(readFileSync('libs/claude/data/model-prices.json', 'utf8'))));
const cost = (model: string, usage: Parameters<typeof declare>[1]) =>
  usdOf(table.cost(model, declare(NOTHING_DECLARED, usage)));

describe('the price of an answer', () => {
  it.each([
    ['claude-sonnet-4-6', { input_tokens: 1_000_000 }, '3'],
    ['claude-sonnet-4-6', { output_tokens: 1 }, '0.000015'],
    ['claude-sonnet-4-6-20260101', { cache_read_input_tokens: 1 }, '0.0000003'],
    ['claude-opus-4-8', { cache_creation_input_tokens: 100 }, '0.000625'],
    [
      'claude-opus-4-8',
      { cache_creation_input_tokens: 100, cache_creation: { ephemeral_1h_input_tokens: 60 } },
      '0.00085',
    ],
    ['claude-haiku-4-5-20251001', { input_tokens: 7, output_tokens: 3 }, '0.000022'],
    ['claude-opus-4-7', { output_tokens: 1, speed: 'fast' }, '0.00015'],
    ['claude-sonnet-4-5', { input_tokens: 200_000 }, '0.6'],
    ['claude-sonnet-4-5', { input_tokens: 1, cache_read_input_tokens: 200_000 }, '0.120006'],
    ['claude-sonnet-4-6', { server_tool_use: { web_search_requests: 3 } }, '0.03'],
    ['claude-haiku-5-5', { input_tokens: 100_000 }, '0.01'],
    ['claude-haiku-5-5', { input_tokens: 1, cache_read_input_tokens: 100_000 }, '0.0050005'],
    ['claude-opus-5', { output_tokens: 1 }, '0.000025'],
    ['claude-opus-5-5', { output_tokens: 1 }, '0.00002'],
    ['claude-fable-5-1', { cache_read_input_tokens: 3 }, '0.00000075'],
  ])('%s %j costs %s', (model, usage, usd) => expect(cost(model, usage)).toBe(usd));

  it('of a model that nobody has heard of is that of the row that says so, and it is known as such', () => {
    for (const model of ['claude-opus-4-9', 'claude-sonnet-4-60', 'gpt', '', '__proto__', 'constructor']) {
      expect(table.knows(model)).toBe(false);
      expect(cost(model, { output_tokens: 1_000_000 })).toBe('75');
    }
    expect(table.knows('claude-opus-4-8')).toBe(true);
  });

  it('adds up exactly, where binary fractions do not', () => {
    const one = table.cost('claude-fable-5-1', declare(NOTHING_DECLARED, { cache_read_input_tokens: 1 }));
    expect(usdOf(Array.from({ length: 3000 }, () => one).reduce((sum, part) => sum + part, 0))).toBe('0.00075');
    expect(usdOf(unitsOf('0.1') + unitsOf('0.2'))).toBe('0.3');
  });
});

it('figures of an answer grow, and odd ones are nothing', () => {
  const first = declare(NOTHING_DECLARED, { input_tokens: 9, output_tokens: 1, cache_read_input_tokens: null });
  const last = declare(first, { output_tokens: 30, input_tokens: 0 });
  expect(last.tokens).toEqual({
    inputTokens: 9,
    outputTokens: 30,
    cacheReadInputTokens: 0,
    cacheCreationInputTokens: 0,
  });
  const odd = { input_tokens: -5, output_tokens: Number.NaN, cache_read_input_tokens: '7' as unknown as number };
  expect(declare(NOTHING_DECLARED, odd)).toEqual(NOTHING_DECLARED);
});
