import { describe, expect, it } from 'vitest';
import { formatRow, hashKey, newKey, parseRows } from './api-key.js';
import { PrincipalDirectory } from './principal-directory.js';
import { LOCAL_PRINCIPAL } from './principal.types.js';

const hash = hashKey('stw_one');

describe('API keys', () => {
  it('reads rows from one line or a file with comments', () => {
    const text = `# staff\nann:acme:user:${hash}\n\nbob:acme:operator:${hashKey('stw_two')},eve:other:user:${hashKey('stw_three')}`;
    expect(parseRows(text).map(({ user, tenant, role }) => [user, tenant, role])).toEqual([
      ['ann', 'acme', 'user'],
      ['bob', 'acme', 'operator'],
      ['eve', 'other', 'user'],
    ]);
  });

  it.each([
    ['ann:acme:user', /row 1: the hash/],
    [`ann:acme:root:${hash}`, /the role is none of user, operator/],
    [`:acme:user:${hash}`, /the user/],
    [`ann:a c:user:${hash}`, /the tenant/],
    [`ann:acme:user:${hash}:x`, /too many parts/],
    [`ann:acme:user:${hash},bob:acme:user:${hash}`, /the same key/],
  ])('refuses %s', (text, reason) => {
    expect(() => parseRows(text)).toThrow(reason);
  });

  it('finds the principal by the key and nobody by anything else', () => {
    const key = newKey();
    const row = { user: 'ann', tenant: 'acme', role: 'user' as const, hash: hashKey(key) };
    const directory = new PrincipalDirectory(parseRows(formatRow(row)));
    expect(directory.authenticate(key)).toEqual({ user: 'ann', tenant: 'acme', role: 'user' });
    for (const wrong of [undefined, '', row.hash, `${key}x`, key.slice(1)])
      expect(directory.authenticate(wrong)).toBeNull();
  });

  it('knows only the local principal without keys', () => {
    expect(new PrincipalDirectory([]).authenticate(undefined)).toBe(LOCAL_PRINCIPAL);
  });
});
