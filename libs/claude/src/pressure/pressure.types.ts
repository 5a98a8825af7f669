/** What a process can be short of. */
export const RESOURCES = ['memory', 'disk', 'event_loop'] as const;
export type Resource = (typeof RESOURCES)[number];

/** One look at what there is; null where the host does not tell. */
export interface Figures {
  readonly freeMemoryBytes: number | null;
  readonly freeDiskBytes: number | null;
  /** By how much the event loop was late since the look before, on average. */
  readonly loopDelayMs: number;
}

/** How this process stands, as health shows it. */
export interface PressureStatus extends Figures {
  /** What there is too little of: new work is refused. */
  readonly short: readonly Resource[];
}
