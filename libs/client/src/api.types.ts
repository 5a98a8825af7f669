import { type Run } from './generated/api.generated.js';

export type RunState = Run['state'];

/** State of the server's Claude part; the fields behind `status` are for people. */
export interface Health {
  /** ok: everything works; degraded: runs will fail until somebody acts; draining: it is shutting down. */
  readonly status: 'ok' | 'degraded' | 'draining';
  readonly role: string;
  readonly draining: boolean;
  readonly cli: Readonly<Record<string, unknown>> & { readonly ok: boolean };
  readonly credential: boolean;
  readonly sandbox: Readonly<Record<string, unknown>> | null;
  readonly runs: { readonly running: number; readonly open: number };
  readonly sessions: { readonly open: number };
  readonly agentProcesses: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}
