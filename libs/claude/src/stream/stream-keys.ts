/** The record of a run and its log share one life; the log's state lies in the record, so that both change in one step. */
export const recordKey = (runId: string): string => `steward:run:${runId}`;
export const logKey = (runId: string): string => `steward:log:${runId}`;
/** What is no delta of the part that was cut off the log, with the same ids. */
export const restKey = (runId: string): string => `steward:log-rest:${runId}`;
/** Text of the deltas of that part. */
export const piecesKey = (runId: string): string => `steward:log-text:${runId}`;
/** Everything of a log but the record. */
export const logKeys = (runId: string): readonly [string, string, string] => [
  logKey(runId),
  restKey(runId),
  piecesKey(runId),
];
/** Runs of a session in the order of their acceptance, ended ones too: a stream of `{r: run}`. */
export const sessionRunsKey = (sessionId: string): string => `steward:session-runs:${sessionId}`;
/** Events of an owner's runs that are not deltas: a stream of `{r: run, n: session, f: fromSeq, s: seq}`. */
export const feedKey = ({ tenant, user }: { readonly tenant: string; readonly user: string }): string =>
  `steward:feed:${tenant}:${user}`;

/** Entries that are kept at least; who is further behind is told of a gap. */
export const FEED_LENGTH = 10_000;
export const SESSION_RUNS_LENGTH = 1000;
/** An owner who does nothing leaves nothing. */
export const FEED_TTL_MS = 24 * 3_600_000;
