import { type Frame } from '@steward/claude';

/** The ids that go with every frame of a run. */
export interface RunIds {
  readonly runId: string;
  readonly sessionId: string;
}

/** A frame as JSON text, without parsing its data again. */
export function frameJson({ fromSeq, seq, at, type, dataJson }: Frame, { runId, sessionId }: RunIds): string {
  return `{"fromSeq":${fromSeq},"seq":${seq},"at":"${at}","runId":"${runId}","sessionId":"${sessionId}","type":"${type}","data":${dataJson}}`;
}
