const NEWLINE = 0x0a;

/** A line grew past its bound; the stream cannot be understood any further. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';

  constructor(readonly limitBytes: number) {
    super(`a line of more than ${limitBytes} bytes`);
  }
}

/**
 * Bytes to lines, splitting on `\n` only: U+0085 and U+2028 are legal inside JSON, and other splitters break on them.
 * Chunks are kept as they came until their line is whole, so that a long line costs its length once, and a character
 * that is cut by a chunk border is put together again.
 */
export class LineFramer {
  private parts: Buffer[] = [];
  private length = 0;

  constructor(private readonly limitBytes: number) {}

  /** Bytes of a line that has not ended. */
  get pendingBytes(): number {
    return this.length;
  }

  /**
   * The lines that this chunk completes, without their newline.
   *
   * @throws LineTooLongError
   */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, end));
      start = end + 1;
      yield this.take();
    }
    this.keep(chunk.subarray(start));
  }

  private keep(part: Buffer): void {
    this.length += part.length;
    if (this.length > this.limitBytes) throw new LineTooLongError(this.limitBytes);
    if (part.length > 0) this.parts.push(part);
  }

  private take(): string {
    const [first] = this.parts;
    const line = this.parts.length === 1 && first ? first : Buffer.concat(this.parts, this.length);
    this.parts = [];
    this.length = 0;
    return line.toString('utf8');
  }
}
