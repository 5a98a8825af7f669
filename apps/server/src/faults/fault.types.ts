/** exception: what nobody caught; rejection: a promise that failed and nobody waited for. */
export type FaultKind = 'exception' | 'rejection';

/** Something that this program did not foresee, as it is kept for whoever looks after the restart. */
export interface Fault {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: FaultKind;
  readonly role: string;
  readonly pid: number;
  readonly name: string;
  /** Redacted. */
  readonly message: string;
  /** Redacted. */
  readonly stack: string;
  /** The run in the middle of which it happened; null where that is not known. */
  readonly runId: string | null;
  /** Whether the process was ended for it. */
  readonly ended: boolean;
}
