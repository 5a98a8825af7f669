import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Fault } from './fault.types.js';

/** Faults that are kept; older ones are forgotten at a start. */
const KEPT = 100;

/**
 * Faults of all processes with this data folder on this host, in a file: they are written when little else can be
 * trusted, synchronously, and are found after the restart.
 */
export class FaultLog {
  private readonly path: string;
  private faults: Fault[] = [];

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.path = join(dataDir, `faults-${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '_')}.ndjson`);
  }

  /** What earlier processes left, oldest first; a line that was cut off by a crash is passed over. */
  load(): readonly Fault[] {
    const lines = this.read().split('\n').filter(Boolean);
    this.faults = lines.flatMap((line) => faultOf(line) ?? []).slice(-KEPT);
    if (lines.length > KEPT) this.rewrite();
    return this.faults;
  }

  get all(): readonly Fault[] {
    return this.faults;
  }

  /** Never throws: the log line of the fault has everything, too. */
  add(fault: Fault): void {
    this.faults.push(fault);
    if (this.faults.length > KEPT) this.faults.shift();
    try {
      appendFileSync(this.path, `${JSON.stringify(fault)}\n`, { mode: 0o600 });
    } catch {
      // A disk that is full must not be the next fault.
    }
  }

  private read(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch {
      return '';
    }
  }

  private rewrite(): void {
    try {
      writeFileSync(this.path, this.faults.map((fault) => `${JSON.stringify(fault)}\n`).join(''), { mode: 0o600 });
    } catch {
      // The next start tries it again.
    }
  }
}

function faultOf(line: string): Fault | null {
  try {
    return JSON.parse(line) as Fault;
  } catch {
    return null;
  }
}
