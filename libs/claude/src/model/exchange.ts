import { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ClaudeError } from '../error/index.js';
import { AnswerDecoder, type AnswerListener } from './answer-decoder.js';
import { responseHeaders } from './forwarded-headers.js';
import { breakOff, refuse } from './refusal.js';
import { type Interruptible } from './serving.js';
import { type Patience, StallWatch } from './stall-watch.js';

/** How an exchange ended. */
export type ExchangeEnd =
  /** The answer came to its end, whatever it said. */
  | 'answered'
  /** The answer broke off. */
  | 'broken'
  /** There was none. */
  | 'unreachable'
  /** The CLI left, or the run may not go on. */
  | 'aborted';

/** Who watches an exchange. */
export interface ExchangeWatcher {
  /** The answer begins. @returns who reads it beside its way to the CLI */
  answered(answer: IncomingMessage): readonly AnswerListener[];
  /** A piece of the answer has passed and was read. */
  passed(bytes: number): void;
  /** Grows with all that the answer says, pings excepted. */
  readonly progress: number;
  /** After everything that the answer said was read. Called once. */
  ended(how: ExchangeEnd, reason: string | null): Promise<void>;
  /** Something of ours went wrong while the exchange was watched or concluded; the exchange itself has ended. */
  failed(error: unknown): void;
}

/** Reason of an answer that began and fell silent. */
export const STALLED = 'ESTALLED';

/** Reason of an answer that did not begin in time. */
export const NO_ANSWER = 'ETIMEDOUT';

/** Bounds what is still read of an answer that comes as fast as it is read. */
const MAX_LAST_LOOKS = 64;

export interface ExchangeTerms extends Patience {
  /** Milliseconds until the answer has to begin, the way there included. */
  readonly answerMs: number;
  /** The same from when the whole request was sent, which is asked then; never longer than what is left of `answerMs`. */
  readonly firstByteMs: () => number;
  /**
   * What the CLI is to do with an answer of this status, null for one that did not come, for this reason: repeat the
   * request (true), or tell of it (false). Null: what it does by itself. Asked once for each exchange that failed.
   */
  readonly repeats: (status: number | null, reason: string | null) => boolean | null;
}

/**
 * One request and its answer. Bytes go on as they come, in both directions, as fast as the slower side takes them; what
 * is read of them is read after they have gone. Whoever of both sides leaves, the other is left at once.
 */
export class Exchange implements Interruptible {
  readonly finished: Promise<void>;
  private finish: () => void = () => undefined;
  private answer: IncomingMessage | undefined;
  private decoder: AnswerDecoder | undefined;
  private over = false;
  private hasLeft = false;
  /** Read of the answer. */
  private bytes = 0;
  private patience: NodeJS.Timeout | undefined;
  private stall: StallWatch | undefined;
  private waitsForReader = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly upstream: ClientRequest,
    private readonly watcher: ExchangeWatcher,
    private readonly terms: ExchangeTerms,
  ) {
    this.finished = new Promise((resolve) => (this.finish = resolve));
  }

  start(): void {
    const { request, response, upstream } = this;
    upstream.once('response', (answer) => this.answered(answer));
    // Nobody asked for another protocol; without a listener the connection would end without a word.
    upstream.once('upgrade', (_answer, socket) => {
      socket.destroy();
      this.lost('EPROTO');
    });
    upstream.on('error', (error: NodeJS.ErrnoException) => this.lost(error.code ?? error.message));
    // The CLI may have left before anybody listened.
    if (response.destroyed) return this.leave();
    response.once('close', () => {
      if (!response.writableFinished) this.leave();
    });
    request.once('error', () => this.leave());
    const { answerMs, firstByteMs } = this.terms;
    const deadline = performance.now() + answerMs;
    this.wait(answerMs);
    request.once('end', () => this.wait(Math.min(deadline - performance.now(), firstByteMs())));
    request.pipe(upstream);
  }

  /** For the answer to begin. */
  private wait(ms: number): void {
    clearTimeout(this.patience);
    if (this.over || this.answer) return;
    this.patience = setTimeout(() => this.lost(NO_ANSWER), Math.ceil(Math.max(0, ms))).unref();
  }

  get waitsForCli(): boolean {
    return this.response.writableNeedDrain;
  }

  interrupt(error: ClaudeError | null): void {
    if (this.over) return;
    const { response } = this;
    if (!response.headersSent) refuse(response, error ? 'budget' : 'closing');
    else if (error) breakOff(response, error.toView(), this.isOpenStream);
    else response.destroy();
    this.leave();
  }

  /** Whether one more event may follow what was sent: in a packed answer, or one of a told length, none may. */
  private get isOpenStream(): boolean {
    const { headers = {} } = this.answer ?? {};
    const isStream = headers['content-type']?.includes('text/event-stream') ?? false;
    return isStream && headers['content-encoding'] === undefined && headers['content-length'] === undefined;
  }

  /** Nobody wants the answer any more. What of it has come by now is read, for it is paid; nothing is waited for. */
  private leave(): void {
    if (this.over || this.hasLeft) return;
    this.hasLeft = true;
    this.answer?.resume();
    this.lookAgain(this.answer ? MAX_LAST_LOOKS : 0);
  }

  /** One look of the event loop at a socket takes a part of what lies there; the first that finds nothing is the last. */
  private lookAgain(looksLeft: number): void {
    if (this.over) return;
    if (looksLeft === 0) {
      this.upstream.destroy();
      return this.end('aborted', null);
    }
    const before = this.bytes;
    // Between the two lies one look.
    setImmediate(() => setImmediate(() => this.lookAgain(this.bytes === before ? 0 : looksLeft - 1)));
  }

  /** What Node.js reads from a wire it does not always write to one: a status below 100, control characters. */
  private answered(answer: IncomingMessage): void {
    if (this.over) return void answer.destroy();
    clearTimeout(this.patience);
    this.answer = answer;
    try {
      if ((answer.statusCode ?? 0) < 200) this.lost('EPROTO');
      else this.forward(answer);
    } catch (error) {
      this.lost((error as NodeJS.ErrnoException).code ?? 'EPROTO');
    }
  }

  private forward(answer: IncomingMessage): void {
    const { response } = this;
    const listeners = this.watcher.answered(answer);
    this.decoder = new AnswerDecoder(answer.headers['content-encoding'], listeners);
    response.sendDate = false;
    const status = answer.statusCode ?? 502;
    const repeats = status < 400 ? null : this.terms.repeats(status, null);
    response.writeHead(status, answer.statusMessage, responseHeaders(answer.rawHeaders, repeats));
    // The first piece is mostly there already, and takes them along: one write wakes the CLI once.
    setImmediate(() => {
      if (!this.over) response.flushHeaders();
    });
    response.on('drain', () => this.resume());
    const isHeld = () => answer.isPaused();
    this.stall = new StallWatch(
      this.terms,
      () => this.watcher.progress,
      isHeld,
      () => this.lost(STALLED),
    );
    answer.on('data', (chunk: Buffer) => this.pass(chunk));
    answer.once('end', () => {
      if (this.hasLeft) return this.end('aborted', null);
      response.end();
      this.end('answered', null);
    });
    answer.once('error', (error: NodeJS.ErrnoException) => this.lost(error.code ?? error.message));
    answer.once('close', () => {
      if (!answer.complete) this.lost('ECONNRESET');
    });
  }

  private pass(chunk: Buffer): void {
    const { answer, decoder, response } = this;
    const isTaken = this.hasLeft || response.write(chunk);
    const isRead = decoder!.push(chunk);
    this.bytes += chunk.length;
    this.watcher.passed(chunk.length);
    this.stall?.note();
    if (this.hasLeft || (isTaken && isRead)) return;
    answer!.pause();
    if (isRead) return;
    this.waitsForReader = true;
    decoder!.drained(() => {
      this.waitsForReader = false;
      this.resume();
    });
  }

  private resume(): void {
    if (!this.waitsForReader && !this.response.writableNeedDrain) this.answer?.resume();
  }

  /** The provider's side broke: the CLI sees what it would have seen itself, a connection that ends. */
  private lost(reason: string): void {
    if (this.over) return;
    if (this.hasLeft) return this.end('aborted', null);
    this.breakConnection(reason);
    this.upstream.destroy();
    this.end(this.answer ? 'broken' : 'unreachable', reason);
  }

  /** What has come of the answer still reaches the CLI, and then nothing more. */
  private breakConnection(reason: string): void {
    const { socket, headersSent } = this.response;
    // One that may not be repeated is told in words that the CLI does not repeat.
    if (!headersSent && this.terms.repeats(null, reason) === false) refuse(this.response, 'unreachable');
    else if (headersSent && socket) {
      this.response.flushHeaders();
      socket.destroySoon();
    } else this.response.destroy();
  }

  private end(how: ExchangeEnd, reason: string | null): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.patience);
    this.stall?.stop();
    void this.conclude(how, reason);
  }

  private async conclude(how: ExchangeEnd, reason: string | null): Promise<void> {
    try {
      this.decoder?.end();
      await this.decoder?.finished;
      await this.watcher.ended(how, reason);
    } catch (error) {
      this.watcher.failed(error);
    } finally {
      this.finish();
    }
  }
}
