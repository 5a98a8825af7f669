import { type EventData } from './event.schema.js';
import { keptText, type Piece, piecesOf, type TextPiece } from './log-pieces.js';
import { type RunLogStore } from './run-log.store.js';

const BATCH = 500;

/** A tool call as the log knows it. */
export interface LoggedTool {
  readonly toolUseId: string;
  readonly name: string;
  readonly input: unknown;
  readonly parentToolUseId: string | null;
  /** Null: its outcome is not in the log. */
  readonly outcome: { readonly isError: boolean; readonly output: string } | null;
}

/** What the log of a run holds. */
export interface LogSurvey {
  /** What readers have of text and thinking, in order. */
  readonly pieces: readonly TextPiece[];
  readonly tools: readonly LoggedTool[];
  /** Inputs that they know of. */
  readonly inputs: ReadonlySet<string>;
  /** Approvals that readers know of, and whether they know them decided. */
  readonly approvals: ReadonlyMap<string, 'requested' | 'resolved'>;
}

/** Reads a whole log, for who goes on with its run: no other may write meanwhile. */
export async function surveyLog(log: RunLogStore, runId: string): Promise<LogSurvey> {
  const { cutThrough, pieces: cut } = await log.pieces(runId);
  const pieces: Piece[] = [...cut];
  const tools = new Map<string, LoggedTool>();
  const approvals = new Map<string, 'requested' | 'resolved'>();
  const inputs = new Set<string>();
  const note = (type: string, dataJson: string) => {
    if (type === 'tool.started') {
      const call = JSON.parse(dataJson) as EventData<'tool.started'>;
      tools.set(call.toolUseId, { ...call, outcome: null });
    } else if (type === 'tool.finished') {
      const { toolUseId, isError, output } = JSON.parse(dataJson) as EventData<'tool.finished'>;
      const call = tools.get(toolUseId);
      if (call) tools.set(toolUseId, { ...call, outcome: { isError, output } });
    } else if (type === 'input.accepted') {
      inputs.add((JSON.parse(dataJson) as EventData<'input.accepted'>).inputId);
    } else if (type === 'approval.requested' || type === 'approval.resolved') {
      const { approvalId } = JSON.parse(dataJson) as EventData<'approval.requested'>;
      approvals.set(approvalId, type === 'approval.resolved' ? 'resolved' : 'requested');
    }
  };
  for (let after = 0; after < cutThrough;) {
    const frames = await log.readRest(runId, after, BATCH);
    for (const { type, dataJson } of frames) note(type, dataJson);
    after = frames.length < BATCH ? cutThrough : frames.at(-1)!.seq;
  }
  for (let after = cutThrough; ;) {
    const frames = await log.read(runId, after, BATCH);
    for (const { type, dataJson } of frames) note(type, dataJson);
    pieces.push(...piecesOf(frames));
    if (frames.length < BATCH) break;
    after = frames.at(-1)!.seq;
  }
  return { pieces: keptText(pieces), tools: [...tools.values()], approvals, inputs };
}
