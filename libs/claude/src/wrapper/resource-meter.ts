import { type ResourceSample } from './supervisor-channel.js';

/** What one run used of the machine, with everything that its agent started. */
export interface RunResources {
  readonly cpuMs: number;
  /** Largest memory that was seen; a peak between two samples is missed. */
  readonly peakMemoryBytes: number;
}

/** Figures of the present run out of the samples of a process that may serve several. */
export class ResourceMeter {
  private cpuMs = 0;
  private cpuBefore = 0;
  private peak = 0;

  begin(): void {
    this.cpuBefore = this.cpuMs;
    this.peak = 0;
  }

  /** CPU time only grows; a sample that comes late must not take any away. */
  accept({ cpuMs, memoryBytes }: Pick<ResourceSample, 'cpuMs' | 'memoryBytes'>): void {
    this.cpuMs = Math.max(this.cpuMs, cpuMs);
    this.peak = Math.max(this.peak, memoryBytes);
  }

  get run(): RunResources {
    return { cpuMs: Math.round(this.cpuMs - this.cpuBefore), peakMemoryBytes: this.peak };
  }
}
