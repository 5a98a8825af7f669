import { type EventData } from './event.schema.js';
import { type Frame } from './frame.types.js';
import { type ReaderEventData, type SnapshotSegment } from './reader-event.schema.js';

type DeltaType = SnapshotSegment['type'];

/** Text of adjacent deltas of one message and block that were cut out of a log. */
export interface TextPiece {
  readonly type: DeltaType;
  readonly messageId: string;
  readonly block: number;
  readonly fromSeq: number;
  readonly throughSeq: number;
  readonly text: string;
}

/** Deltas that are void: of one message, or (null) of all. */
export interface VoidRange {
  readonly fromSeq: number;
  readonly throughSeq: number;
  readonly messageId: string | null;
}

/** What stands for a part of a log: text, or the word that earlier text is void. */
export type Piece = TextPiece | { readonly void: VoidRange };

export const isDeltaType = (type: string): type is DeltaType => type === 'text.delta' || type === 'thinking.delta';

/** The pieces that stand for these frames. Deltas of two messages at once (subagents) make several pieces, in order. */
export function piecesOf(frames: readonly Frame[]): Piece[] {
  const pieces: Piece[] = [];
  let open: (Omit<TextPiece, 'text'> & { throughSeq: number; texts: string[] }) | undefined;
  const close = () => {
    if (!open) return;
    const { texts, ...piece } = open;
    pieces.push({ ...piece, text: texts.join('') });
    open = undefined;
  };
  for (const { type, seq, dataJson } of frames) {
    if (isDeltaType(type)) {
      const { text, messageId, block } = JSON.parse(dataJson) as EventData<'text.delta'>;
      if (open?.type === type && open.messageId === messageId && open.block === block) {
        open.throughSeq = seq;
        open.texts.push(text);
        continue;
      }
      close();
      open = { type, messageId, block, fromSeq: seq, throughSeq: seq, texts: [text] };
      continue;
    }
    const range = voidOf(type, dataJson);
    if (!range) continue;
    close();
    pieces.push({ void: range });
  }
  close();
  return pieces;
}

/** Everything that the pieces say, as a reader gets it: void text is gone, neighbours are joined. */
export function snapshotOf(pieces: readonly Piece[], throughSeq: number): ReaderEventData<'stream.snapshot'> {
  const kept = keptText(pieces);
  const segments: { -readonly [K in keyof SnapshotSegment]: SnapshotSegment[K] }[] = [];
  const texts: Record<DeltaType, string[]> = { 'text.delta': [], 'thinking.delta': [] };
  for (const { text, ...place } of kept) {
    texts[place.type].push(text);
    const last = segments.at(-1);
    if (last?.type === place.type && last.messageId === place.messageId && last.block === place.block) {
      last.throughSeq = place.throughSeq;
      last.length += text.length;
    } else segments.push({ ...place, length: text.length });
  }
  return { throughSeq, text: texts['text.delta'].join(''), thinking: texts['thinking.delta'].join(''), segments };
}

/** The text that is left when everything void is gone, in order. */
export function keptText(pieces: readonly Piece[]): TextPiece[] {
  let kept: TextPiece[] = [];
  for (const piece of pieces) {
    if ('void' in piece) kept = kept.filter((one) => !isVoid(one, piece.void));
    else kept.push(piece);
  }
  return kept;
}

function voidOf(type: string, dataJson: string): VoidRange | null {
  if (type === 'text.replaced') return JSON.parse(dataJson) as EventData<'text.replaced'>;
  if (type !== 'run.resumed') return null;
  const { fromSeq, throughSeq } = JSON.parse(dataJson) as EventData<'run.resumed'>;
  return fromSeq === null || throughSeq === null ? null : { fromSeq, throughSeq, messageId: null };
}

const isVoid = (piece: TextPiece, { messageId, fromSeq, throughSeq }: VoidRange): boolean =>
  (messageId === null || piece.messageId === messageId) && piece.fromSeq >= fromSeq && piece.throughSeq <= throughSeq;
