import { type ReaderEvent, type RunItem } from '../event.types.js';

interface Piece {
  readonly type: 'text.delta' | 'thinking.delta';
  readonly messageId: string;
  readonly block: number;
  /** Seq of its last delta. */
  throughSeq: number;
  text: string;
}

/**
 * The text of a run from what a follower gives: pieces are appended, void ones taken back, a snapshot replaces them all.
 * Needs every delta, `text.replaced` and `run.resumed`, from the start of the run or from where another one of these stood.
 */
export class TextOfRun {
  private pieces: Piece[] = [];
  private gaps = 0;

  /** The answer so far. */
  get text(): string {
    return this.textOf('text.delta');
  }

  /** The thinking so far. */
  get thinking(): string {
    return this.textOf('thinking.delta');
  }

  /** False when the server no longer had all of the text (`stream.gap`): then the run's `result` has the final one. */
  get isWhole(): boolean {
    return this.gaps === 0;
  }

  /** Takes one item; those without text change nothing. */
  push(item: RunItem): void {
    if (item.type === 'text.delta' || item.type === 'thinking.delta') {
      this.append({ type: item.type, ...item.data, throughSeq: item.seq });
    } else if (item.type === 'text.replaced') {
      const { messageId, fromSeq, throughSeq } = item.data;
      this.drop(fromSeq, throughSeq, (piece) => piece.messageId === messageId);
    } else if (item.type === 'run.resumed') {
      const { fromSeq, throughSeq } = item.data;
      if (fromSeq !== null && throughSeq !== null) this.drop(fromSeq, throughSeq, () => true);
    } else if (item.type === 'stream.snapshot') {
      this.gaps = 0;
      this.pieces = piecesOf(item);
    } else if (item.type === 'stream.gap') {
      this.gaps += 1;
    }
  }

  private drop(fromSeq: number, throughSeq: number, isOf: (piece: Piece) => boolean): void {
    this.pieces = this.pieces.filter(
      (piece) => !isOf(piece) || piece.throughSeq < fromSeq || piece.throughSeq > throughSeq,
    );
  }

  private append(piece: Piece): void {
    const last = this.pieces.at(-1);
    const goesOn = last?.type === piece.type && last.messageId === piece.messageId && last.block === piece.block;
    if (!last || !goesOn) {
      this.pieces.push(piece);
      return;
    }
    last.text += piece.text;
    last.throughSeq = piece.throughSeq;
  }

  private textOf(type: Piece['type']): string {
    return this.pieces.map((piece) => (piece.type === type ? piece.text : '')).join('');
  }
}

function piecesOf({ data }: ReaderEvent<'stream.snapshot'>): Piece[] {
  const at = { 'text.delta': 0, 'thinking.delta': 0 };
  const whole = { 'text.delta': data.text, 'thinking.delta': data.thinking };
  return data.segments.map(({ type, messageId, block, throughSeq, length }) => {
    const from = at[type];
    at[type] += length;
    return { type, messageId, block, throughSeq, text: whole[type].slice(from, at[type]) };
  });
}
