import { type SessionHold } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { type RunClock } from './run-clock.js';
import { type RunProgressView } from './run.types.js';

export type TellProgress = (progress: RunProgressView) => void;

/** What one attempt works with. */
export interface Work {
  readonly hold: SessionHold;
  readonly writer: LogWriter;
  readonly clock: RunClock;
  readonly stop: AbortSignal;
  readonly tell: TellProgress | undefined;
}
