import { type Run } from '@steward/client';
import { type RunReader } from './run-reader.js';

/** What has to come out of a run, if it completes. */
export interface Wanted {
  /** All that it says; null: see `recalls`. */
  readonly text: string | null;
  /** Lines that its tools append to `effects`, one each. */
  readonly lines: readonly string[];
  /** Whether people are asked about each of its tools. */
  readonly asks: boolean;
  /** Whether somebody cancels it. */
  readonly isCancelled: boolean;
  /** It answers with all prompts of its session; these words have to be among them, in this order, where their runs completed. */
  readonly recalls: readonly string[];
}

/** One accepted run of the mix. */
export interface Trial {
  readonly kind: string;
  /** With which its prompt begins; nobody else says it. */
  readonly word: string;
  readonly id: string;
  readonly sessionId: string;
  readonly wanted: Wanted;
  readonly reader: RunReader;
  /** Whether its workspace was filled from outside. */
  filled: boolean;
  /** When a cancel was answered, epoch ms; null: none was. */
  cancelledAt: number | null;
}

/** The same in the end. */
export interface Ended {
  readonly trial: Trial;
  readonly run: Run;
}
