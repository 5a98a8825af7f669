/** One or several adjacent events as a reader gets them; gap-free means `fromSeq` = the previous `seq` + 1. */
export interface Frame {
  readonly fromSeq: number;
  readonly seq: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly type: string;
  /** The data as JSON text: it is parsed only by who needs it parsed. */
  readonly dataJson: string;
}

/** State of a run's log. */
export interface LogHead {
  /** Epoch of the writer that may append. */
  readonly epoch: number;
  readonly lastSeq: number;
  /** Whether the terminal event is in the log. */
  readonly ended: boolean;
}

/** Fields of a run's record that change in the same step as its log; null removes a field. */
export type RecordPatch = Readonly<Record<string, string | null>>;
