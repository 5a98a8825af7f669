import { type ApiKeyRow, hashKey } from './api-key.js';
import { LOCAL_PRINCIPAL, type Principal } from './principal.types.js';

export interface Revocation {
  /** Aborted when the credential is not valid any more. */
  readonly signal: AbortSignal;
  /** To be called when nobody asks any more. */
  readonly release: () => void;
}

/** Finds the principal of a credential. */
export class PrincipalDirectory {
  /** Without any key the caller is the local principal; such a server listens on loopback only. */
  readonly isLocal: boolean;
  private byHash: ReadonlyMap<string, Principal>;
  private readonly watched = new Map<AbortController, string>();

  constructor(rows: readonly ApiKeyRow[]) {
    this.byHash = mapOf(rows);
    this.isLocal = this.byHash.size === 0;
  }

  /**
   * Null when the credential is missing or unknown. A look-up by hash takes the same time for every wrong key: what
   * could be learned from it is about the hash and not about the key.
   */
  authenticate(key: string | undefined): Principal | null {
    if (this.isLocal) return LOCAL_PRINCIPAL;
    return key ? (this.byHash.get(hashKey(key)) ?? null) : null;
  }

  /**
   * Other keys from now on. Whoever had one that is gone, or now belongs to another principal, loses it at once. A
   * directory that had keys never becomes one for everybody, even without any row.
   */
  replace(rows: readonly ApiKeyRow[]): void {
    if (this.isLocal) return;
    const before = this.byHash;
    this.byHash = mapOf(rows);
    for (const [controller, hash] of this.watched)
      if (!isSame(before.get(hash), this.byHash.get(hash))) controller.abort();
  }

  /** For a connection that lives longer than its first look at the credential. */
  revocation(key: string | undefined): Revocation {
    const controller = new AbortController();
    if (!this.authenticate(key)) controller.abort();
    else if (!this.isLocal && key !== undefined) this.watched.set(controller, hashKey(key));
    return { signal: controller.signal, release: () => void this.watched.delete(controller) };
  }
}

const mapOf = (rows: readonly ApiKeyRow[]): ReadonlyMap<string, Principal> =>
  new Map(rows.map(({ hash, tenant, user, role }) => [hash, { tenant, user, role }]));

const isSame = (a: Principal | undefined, b: Principal | undefined): boolean =>
  a?.tenant === b?.tenant && a?.user === b?.user && a?.role === b?.role;
