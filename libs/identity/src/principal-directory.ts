import { type ApiKeyRow, hashKey } from './api-key.js';
import { LOCAL_PRINCIPAL, type Principal } from './principal.types.js';

/** Finds the principal of a credential. */
export class PrincipalDirectory {
  private readonly byHash: ReadonlyMap<string, Principal>;

  constructor(rows: readonly ApiKeyRow[]) {
    this.byHash = new Map(rows.map(({ hash, tenant, user, role }) => [hash, { tenant, user, role }]));
  }

  /** Without any key the caller is the local principal; such a server listens on loopback only. */
  get isLocal(): boolean {
    return this.byHash.size === 0;
  }

  /**
   * Null when the credential is missing or unknown. A look-up by hash takes the same time for every wrong key: what
   * could be learned from it is about the hash and not about the key.
   */
  authenticate(key: string | undefined): Principal | null {
    if (this.isLocal) return LOCAL_PRINCIPAL;
    return key ? (this.byHash.get(hashKey(key)) ?? null) : null;
  }
}
