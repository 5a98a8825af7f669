import { type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** Who reads an answer beside its way to the CLI: plain bytes, then its end. */
export interface AnswerListener {
  push(chunk: Buffer): void;
  end(): void;
}

/**
 * Hands the listeners what an answer says, unpacked where it is packed. The packed bytes themselves go on untouched.
 * An answer that cannot be unpacked is told as ended where it broke.
 */
export class AnswerDecoder {
  /** Resolves when the listeners have heard everything. */
  readonly finished: Promise<void>;
  private readonly unpacker: Transform | null;
  private finish: () => void = () => undefined;
  private waiting: (() => void) | undefined;
  private ended = false;

  constructor(
    encoding: string | undefined,
    private readonly listeners: readonly AnswerListener[],
  ) {
    this.finished = new Promise((resolve) => (this.finish = resolve));
    this.unpacker = unpackerOf(encoding);
    this.unpacker?.on('data', (chunk: Buffer) => this.tell(chunk));
    this.unpacker?.once('end', () => this.close());
    this.unpacker?.once('error', () => this.close());
    this.unpacker?.on('drain', () => this.wake());
    this.unpacker?.once('close', () => this.wake());
  }

  /** @returns whether more can be taken now; else `drained` tells when */
  push(chunk: Buffer): boolean {
    if (this.ended) return true;
    if (this.unpacker) return this.unpacker.write(chunk);
    this.tell(chunk);
    return true;
  }

  drained(then: () => void): void {
    if (!this.unpacker || this.ended) return then();
    this.waiting = then;
  }

  /** The answer is over, whole or not. */
  end(): void {
    if (this.unpacker && !this.ended) this.unpacker.end();
    else this.close();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }

  private tell(chunk: Buffer): void {
    for (const listener of this.listeners) listener.push(chunk);
  }

  private close(): void {
    if (this.ended) return;
    this.ended = true;
    for (const listener of this.listeners) listener.end();
    this.unpacker?.destroy();
    this.finish();
  }
}

function unpackerOf(encoding: string | undefined): Transform | null {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}
