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

/** The frames of one run with its ids; their position is the seq. Readers who share a frame share what was made of it. */
const made = new WeakMap<Frame, PlacedFrame>();

function placed(frame: Frame, ids: RunIds): PlacedFrame {
  const known = made.get(frame) ?? { ...frame, ...ids, position: String(frame.seq) };
  made.set(frame, known);
  return known;
}

export async function* placedRun(
  source: AsyncIterable<readonly Frame[]>,
  ids: RunIds,
): AsyncGenerator<readonly PlacedFrame[], void, undefined> {
  for await (const frames of source) yield frames.map((frame) => placed(frame, ids));
}

/** Characters from which on a block is kept as the bytes that go out, once for all its readers. */
const LARGE = 64 * 1024;
const blocks = new WeakMap<PlacedFrame, string | Buffer>();

/** A frame as a block of an event stream. JSON has no line breaks, so that one `data:` line holds it. */
export function eventBlock(frame: PlacedFrame): string | Buffer {
  const known = blocks.get(frame);
  if (known !== undefined) return known;
  const text = `id: ${frame.position}\nevent: ${frame.type}\ndata: ${frameJson(frame)}\n\n`;
  const block = text.length < LARGE ? text : Buffer.from(text);
  blocks.set(frame, block);
  return block;
}
