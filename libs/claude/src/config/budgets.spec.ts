import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { budgetOf, NO_BUDGET, readBudgets } from './budgets.js';
import { readPrices } from './model-prices.js';

describe('budgets', () => {
  const file = {
    everyone: { day: { costUsd: '5', tokens: 1000 } },
    tenants: { acme: { month: { costUsd: '100' } } },
    users: { 'acme/ann': { day: { tokens: 0 } } },
  };

  it('the most specific row counts, as a whole', () => {
    const budgets = readBudgets(file);
    const none = { costUsd: null, tokens: null };
    const of = (tenant: string, user: string) => budgetOf(budgets, { tenant, user });
    expect(of('acme', 'ann')).toEqual({ day: { costUsd: null, tokens: 0 }, month: none });
    expect(of('acme', 'bob')).toEqual({ day: none, month: { costUsd: '100', tokens: null } });
    expect(of('other', 'ann')).toEqual({ day: { costUsd: '5', tokens: 1000 }, month: none });
    expect(of('constructor', 'x')).toEqual(of('other', 'ann'));
    expect(budgetOf(readBudgets({}), { tenant: 'a', user: 'b' })).toEqual(NO_BUDGET);
  });

  it.each([
    [[], 'the file has to be an object'],
    [{ everybody: {} }, 'the file has no field everybody'],
    [{ everyone: { week: {} } }, 'everyone has no field week'],
    [{ everyone: { day: { costUsd: 5 } } }, 'everyone.day.costUsd has to be a decimal as a text'],
    [{ tenants: { a: { month: { tokens: 1.5 } } } }, 'tenants.a.month.tokens has to be a whole number'],
    [{ users: null }, 'users has to be an object'],
  ])('%j is refused', (value, reason) => expect(() => readBudgets(value)).toThrow(reason));
});

describe('prices', () => {
  const row = { input: '1', output: '2', cacheRead: '0.1', cacheWrite5m: '1.25', cacheWrite1h: '2' };
  const file = { source: 's', date: 'd', unknownModel: 'm', webSearchUsd: '0.01', models: { m: row } };

  it.each([
    [{ ...file, models: { m: { ...row, input: 1 } } }, null],
    [{ ...file, models: { m: { ...row, output: '0.00001' } } }, 'm.output has to be a decimal'],
    [{ ...file, models: { m: { ...row, fast: { ...row, input: 'x' } } } }, 'm.fast.input'],
    [{ ...file, models: { m: { ...row, above: row } } }, 'm.above.tokens'],
    [{ ...file, unknownModel: 'n' }, 'unknownModel names no row: n'],
    [{ ...file, date: undefined }, 'date has to be a text'],
    [null, 'expected an object with `models`'],
  ])('%j: %s', (value, reason) => {
    if (reason === null) expect(readPrices(value)).toBe(value);
    else expect(() => readPrices(value)).toThrow(reason);
  });
});

it('every price says where it is from, and no source is made up', () => {
  const prices = readPrices(JSON.parse(readFileSync('libs/claude/data/model-prices.json', 'utf8')));
  const sources = Object.keys(prices.sources ?? {});
  for (const [name, row] of Object.entries(prices.models))
    for (const price of [row, row.fast].filter((one) => one !== undefined))
      expect([name, sources.includes(price.source ?? '')]).toEqual([name, true]);
  const first = {
    ...prices,
    models: { a: { ...prices.models['claude-opus-5'], source: 'hearsay' } },
    unknownModel: 'a',
  };
  expect(() => readPrices(first)).toThrow('a.source names none of sources: hearsay');
  expect(() => readPrices({ ...prices, sources: { official: { text: 'x' } } })).toThrow('sources.official');
});
