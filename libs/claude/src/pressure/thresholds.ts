import { Hysteresis } from './hysteresis.js';
import { type Figures, type Resource, RESOURCES } from './pressure.types.js';

/** Looks in a row, one a second. */
const LOOKS = 3;
/** There is enough again when there is so much more than the threshold. */
const MARGIN_BYTES = 256 * 1024 ** 2;

export interface Limits {
  readonly overloadMemoryBytes: number;
  readonly overloadDiskBytes: number;
  readonly overloadLoopMs: number;
}

interface Look {
  readonly bad: boolean;
  readonly good: boolean;
}

/** What there is too little of, by the looks so far. */
export class Thresholds {
  private readonly states = new Map(RESOURCES.map((resource) => [resource, new Hysteresis(LOOKS)]));

  constructor(private readonly limits: Limits) {}

  get short(): readonly Resource[] {
    return RESOURCES.filter((resource) => this.states.get(resource)?.isEntered);
  }

  look({ freeMemoryBytes, freeDiskBytes, loopDelayMs }: Figures): void {
    const { overloadMemoryBytes, overloadDiskBytes, overloadLoopMs } = this.limits;
    this.states.get('memory')?.look(ofBytes(freeMemoryBytes, overloadMemoryBytes));
    this.states.get('disk')?.look(ofBytes(freeDiskBytes, overloadDiskBytes));
    const bad = overloadLoopMs > 0 && loopDelayMs > overloadLoopMs;
    this.states.get('event_loop')?.look({ bad, good: overloadLoopMs === 0 || loopDelayMs < overloadLoopMs / 2 });
  }
}

/** What nobody can tell is enough. */
function ofBytes(free: number | null, threshold: number): Look {
  if (free === null || threshold === 0) return { bad: false, good: true };
  return { bad: free < threshold, good: free >= threshold + Math.min(threshold / 10, MARGIN_BYTES) };
}
