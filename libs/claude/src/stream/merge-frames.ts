import { type EventType, EVENTS } from './event.schema.js';
import { type Frame } from './frame.types.js';

interface DeltaData {
  readonly text: string;
  readonly messageId: string;
  readonly block: number;
}

const isDelta = (type: string): boolean => (EVENTS as Record<string, (typeof EVENTS)[EventType]>)[type]?.delta ?? false;

/** Adjacent deltas of one type, message and block, as one frame each; everything else as it was. The joined text is the same. */
export function mergeFrames(frames: readonly Frame[]): Frame[] {
  const merged: Frame[] = [];
  let run: { first: Frame; last: Frame; data: DeltaData; texts: string[] } | undefined;
  const close = () => {
    if (!run) return;
    const { first, last, data, texts } = run;
    merged.push(
      first === last
        ? first
        : { ...last, fromSeq: first.fromSeq, dataJson: JSON.stringify({ ...data, text: texts.join('') }) },
    );
    run = undefined;
  };
  for (const frame of frames) {
    if (!isDelta(frame.type)) {
      close();
      merged.push(frame);
      continue;
    }
    const data = JSON.parse(frame.dataJson) as DeltaData;
    if (run?.first.type === frame.type && run.data.messageId === data.messageId && run.data.block === data.block) {
      run.last = frame;
      run.texts.push(data.text);
      continue;
    }
    close();
    run = { first: frame, last: frame, data, texts: [data.text] };
  }
  close();
  return merged;
}
