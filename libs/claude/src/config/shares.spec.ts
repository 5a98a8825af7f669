import { describe, expect, it } from 'vitest';
import { readShares, shareOf } from './shares.js';

describe('shares', () => {
  it('the most specific row counts, as a whole', () => {
    const shares = readShares({
      everyone: { weight: 2 },
      tenants: { acme: { weight: 4, concurrency: 3 } },
      users: { 'acme/ann': { maxWaiting: 7 } },
    });
    const of = (tenant: string, user: string) => shareOf(shares, { tenant, user });
    expect(of('acme', 'ann')).toEqual({ weight: 1, concurrency: 0, maxWaiting: 7 });
    expect(of('acme', 'bob')).toEqual({ weight: 4, concurrency: 3, maxWaiting: 0 });
    expect(of('other', 'ann')).toEqual({ weight: 2, concurrency: 0, maxWaiting: 0 });
    expect(shareOf(readShares({}), { tenant: 'a', user: 'b' })).toEqual({ weight: 1, concurrency: 0, maxWaiting: 0 });
  });

  it.each([
    [{ everyone: { weight: 0 } }, 'everyone.weight has to be a whole number from 1 to 1000'],
    [{ users: { 'a/b': { concurrency: '3' } } }, 'users.a/b.concurrency'],
    [{ everyone: { wieght: 3 } }, 'everyone has no field wieght'],
    [[], 'the file has to be an object'],
  ])('%j is refused', (value, reason) => expect(() => readShares(value)).toThrow(reason));
});
