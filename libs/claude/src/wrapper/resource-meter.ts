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
  private served = false;
  private peak = 0;
  private newest: ResourceSample | undefined;
  private beside = 0;

  /** The first run of a process is what it was started for, and has the time of its start. */
  begin(): void {
    this.cpuBefore = this.served ? this.cpuMs : 0;
    this.served = true;
    this.peak = 0;
    // Until it has been looked at after this run, nobody knows.
    this.beside = Infinity;
  }

  /** CPU time only grows; a sample that comes late must not take any away. */
  accept({ cpuMs, memoryBytes }: Pick<ResourceSample, 'cpuMs' | 'memoryBytes'>): void {
    this.cpuMs = Math.max(this.cpuMs, cpuMs);
    this.peak = Math.max(this.peak, memoryBytes);
  }

  /** A whole sample, beside its figures for the run. */
  sampled(sample: ResourceSample): void {
    this.newest = sample;
    this.beside = sample.besideProgram ?? this.beside;
    this.accept(sample);
  }

  /** Memory at the newest sample; 0 before the first one. */
  get memoryBytes(): number {
    return this.newest?.memoryBytes ?? 0;
  }

  /** Living processes beside the program, when that was last asked for; Infinity when not since the run began. */
  get extraProcesses(): number {
    return this.beside;
  }

  get run(): RunResources {
    return { cpuMs: Math.round(this.cpuMs - this.cpuBefore), peakMemoryBytes: this.peak };
  }
}
