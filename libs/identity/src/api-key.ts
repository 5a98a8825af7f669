import { createHash, randomBytes } from 'node:crypto';
import { type Principal, type Role, ROLES } from './principal.types.js';

/** One row of the configuration: whose key, and its hash; the key itself is stored nowhere. */
export interface ApiKeyRow extends Principal {
  /** SHA-256 of the key, hexadecimal. A key has 256 random bits, so that a slow hash would add nothing. */
  readonly hash: string;
}

const NAME = /^[A-Za-z0-9_.@-]{1,64}$/;
const HASH = /^[0-9a-f]{64}$/;

export const hashKey = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex');

export const newKey = (): string => `stw_${randomBytes(32).toString('base64url')}`;

export const formatRow = ({ user, tenant, role, hash }: ApiKeyRow): string => [user, tenant, role, hash].join(':');

/**
 * Rows `user:tenant:role:sha256`, separated by commas or line breaks. Several keys of one user are several rows.
 *
 * @throws Error naming the row and what is wrong with it
 */
export function parseRows(text: string): ApiKeyRow[] {
  const rows = text
    .split(/[,\n]/)
    .map((row) => row.trim())
    .filter((row) => row && !row.startsWith('#'));
  const parsed = rows.map(parseRow);
  if (new Set(parsed.map(({ hash }) => hash)).size !== parsed.length)
    throw new Error('the same key stands in two rows');
  return parsed;
}

function parseRow(row: string, index: number): ApiKeyRow {
  const [user = '', tenant = '', role = '', hash = '', ...more] = row.split(':');
  const wrong = (what: string) => new Error(`row ${index + 1}: ${what} (expected user:tenant:role:sha256)`);
  if (more.length > 0) throw wrong('too many parts');
  if (!NAME.test(user)) throw wrong('the user has other characters than A-Z a-z 0-9 _ . @ -');
  if (!NAME.test(tenant)) throw wrong('the tenant has other characters than A-Z a-z 0-9 _ . @ -');
  if (!ROLES.includes(role as Role)) throw wrong(`the role is none of ${ROLES.join(', ')}`);
  if (!HASH.test(hash)) throw wrong('the hash is not a SHA-256 in lower-case hexadecimal');
  return { user, tenant, role: role as Role, hash };
}
