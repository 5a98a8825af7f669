const NEWLINE = 0x0a;

/** What of a longer line is kept: enough to tell what it is. */
const HEAD_BYTES = 256;

/**
 * Takes a line: its bytes from `from` to `to`, and the length of the whole. Of a line beyond the bound only the beginning
 * is there. The buffer is only lent: it may be used again afterwards.
 */
export type LineTaker = (bytes: Buffer, from: number, to: number, length: number) => void;

/** Cuts a stream into lines in bounded memory: what is longer than the bound is counted and let go. */
export class StreamLines {
  private parts: Buffer[] = [];
  private kept = 0;
  private length = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly take: LineTaker,
  ) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const length = end - from;
      // Most lines lie in one chunk: nothing is made for them.
      if (this.length === 0 && length <= this.maxBytes) this.take(chunk, from, end, length);
      else {
        this.keep(chunk.subarray(from, end));
        this.finish();
      }
      from = end + 1;
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
  }

  /** A last line without an end. */
  end(): void {
    if (this.length > 0) this.finish();
  }

  private keep(piece: Buffer): void {
    this.length += piece.length;
    if (this.length <= this.maxBytes) {
      this.parts.push(piece);
      this.kept += piece.length;
      return;
    }
    if (this.kept <= HEAD_BYTES && this.parts.length === 1) return;
    const head = Buffer.concat([...this.parts, piece]).subarray(0, HEAD_BYTES);
    // A copy of its own: a part of a chunk would hold all of it.
    this.parts = [Buffer.from(head)];
    this.kept = head.length;
  }

  private finish(): void {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const { length } = this;
    this.parts = [];
    this.kept = this.length = 0;
    this.take(bytes, 0, bytes.length, length);
  }
}
