import { type Run } from '@steward/client';
import { type Anatomy } from '../support/anatomy.js';
import { type ServerProcess } from '../support/server.process.js';

/** Where the run is when something dies. */
export interface Place {
  readonly name: string;
  readonly prompt: string;
  /** Type of the event after which the run is there; null: as soon as the CLI's process is there. */
  readonly after: string | null;
  readonly pauseMs?: number;
}

export interface Death {
  readonly name: string;
  /** Kills; may give another server, which goes on with the data of the first. */
  act(server: ServerProcess, run: Run, anatomy: Anatomy): Promise<ServerProcess | void>;
  /** Codes of which the run must end with one. */
  readonly codes: readonly string[];
  /** Bound until nothing of the run is left, in milliseconds. */
  readonly goneMs: number;
  /** Where one more process may be killed only with a PID namespace: otherwise the next start sweeps. */
  readonly sweep?: boolean;
}

export interface Row {
  readonly mode: string;
  readonly place: string;
  readonly death: string;
  readonly end: string;
  readonly goneMs: number;
  readonly left: number;
}
