import { type Frame, type PlacedFrame, READER_EVENTS } from '@steward/claude';

/** The ids that go with every frame of a run. */
export interface RunIds {
  readonly runId: string;
  readonly sessionId: string;
}

/** A frame as JSON text, without parsing its data again. What belongs to the reader and not to the log has no seq. */
export function frameJson({ fromSeq, seq, at, type, dataJson, runId, sessionId }: Unplaced): string {
  const place = type in READER_EVENTS ? '' : `"fromSeq":${fromSeq},"seq":${seq},`;
  const ids = `"runId":${JSON.stringify(runId)},"sessionId":${JSON.stringify(sessionId)}`;
  return `{${place}"at":"${at}",${ids},"type":"${type}","data":${dataJson}}`;
}

type Unplaced = Omit<PlacedFrame, 'position'>;

/** The frames of one run with its ids; their position is the seq. */
export const placed = (frames: readonly Frame[], ids: RunIds): PlacedFrame[] =>
  frames.map((frame) => ({ ...frame, ...ids, position: String(frame.seq) }));

export async function* placedRun(
  source: AsyncIterable<readonly Frame[]>,
  ids: RunIds,
): AsyncGenerator<readonly PlacedFrame[], void, undefined> {
  for await (const frames of source) yield placed(frames, ids);
}
