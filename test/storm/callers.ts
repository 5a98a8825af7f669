import { createHash, randomBytes } from 'node:crypto';

/** Somebody with a key of their own. */
export interface Caller {
  readonly name: string;
  readonly key: string;
  /** Row of STEWARD_API_KEYS. */
  readonly row: string;
}

export function caller(name: string): Caller {
  const key = `stw_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(key).digest('hex');
  return { name, key, row: `${name}:storm:operator:${hash}` };
}
