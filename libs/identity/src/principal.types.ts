export const ROLES = ['user', 'operator'] as const;
/** `operator` may do what concerns the whole server; `user` only what is their own. */
export type Role = (typeof ROLES)[number];

/** Who calls. */
export interface Principal {
  readonly tenant: string;
  readonly user: string;
  readonly role: Role;
}

/** The only caller of a server without keys, which listens on loopback only. */
export const LOCAL_PRINCIPAL: Principal = { tenant: 'local', user: 'local', role: 'operator' };
