const NEWLINE = 0x0a;

/** What of a longer line is kept: enough to tell what it is. */
const HEAD_BYTES = 128;

/** A line of a stream; of one longer than the bound only its beginning is there. */
export interface StreamLine {
  readonly bytes: Buffer;
  /** Length of the whole line, without its end. */
  readonly length: number;
  readonly isWhole: boolean;
}

/** Cuts a stream into lines in bounded memory: what is longer than the bound is counted and let go. */
export class StreamLines {
  private parts: Buffer[] = [];
  private kept = 0;
  private length = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly take: (line: StreamLine) => void,
  ) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      if (end === -1) break;
      this.keep(chunk.subarray(from, end));
      this.finish();
      from = end + 1;
    }
    this.keep(chunk.subarray(from));
  }

  /** A last line without an end. */
  end(): void {
    if (this.length > 0) this.finish();
  }

  private keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    if (this.length <= this.maxBytes) {
      // The chunk itself is held until the line is whole, which is soon or never: then it is let go below.
      this.parts.push(piece);
      this.kept += piece.length;
      return;
    }
    if (this.kept <= HEAD_BYTES && this.parts.length === 1) return;
    const head = Buffer.concat([...this.parts, piece]).subarray(0, HEAD_BYTES);
    this.parts = [Buffer.from(head)];
    this.kept = head.length;
  }

  private finish(): void {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const line = { bytes, length: this.length, isWhole: this.kept === this.length };
    this.parts = [];
    this.kept = this.length = 0;
    this.take(line);
  }
}
