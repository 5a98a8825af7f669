import { type Frame, type TerminalEventType } from '../stream/index.js';
import { type RunRecord } from './run.types.js';

/** The terminal event of an ended run, from its record: the log may be gone before it. Null while the run goes on. */
export function terminalFrameOf(run: RunRecord): Frame | null {
  if (!run.endedAt) return null;
  const { result, usage, usageByModel, costUsd, resources, error } = run;
  const data = { ...(error ? { error } : {}), result, usage, usageByModel, costUsd, resources };
  const type: TerminalEventType = `run.${run.state as 'completed' | 'failed' | 'cancelled'}`;
  return { fromSeq: run.lastSeq, seq: run.lastSeq, at: run.endedAt, type, dataJson: JSON.stringify(data) };
}
