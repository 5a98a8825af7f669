export type StreamEntry = [id: string, fields: string[]];

/** The end of one Redis Stream, as this process has seen it; shared by all who read there. */
export interface Tail {
  /** Id of the newest entry that is known. */
  readonly cursor: string;
  receive(entries: StreamEntry[]): void;
}
