import { type ApiUsage, type DeclaredUsage, declare, NOTHING_DECLARED } from './token-figures.js';
import { type StreamLine, StreamLines } from './sse-lines.js';

/** Longest line that is looked into; the lines that tell usage have a few hundred bytes. */
const MAX_LINE_BYTES = 256 * 1024;
/** Deltas beyond it are counted by their length alone. */
const PARSED_DELTA_BYTES = 2048;
/** What stands around the text of a delta. */
const DELTA_OVERHEAD_BYTES = 90;
/** Characters that make up about one token. */
const CHARACTERS_PER_TOKEN = 4;

const DATA = Buffer.from('data:');
const DELTA = Buffer.from('"content_block_delta"');

interface StreamEvent {
  readonly type?: string;
  readonly message?: { readonly model?: string; readonly usage?: ApiUsage };
  readonly usage?: ApiUsage;
  readonly delta?: { readonly text?: string; readonly thinking?: string; readonly partial_json?: string };
  readonly error?: { readonly type?: string };
}

/** What an answer tells while it streams by. */
export interface AnswerFacts {
  readonly model: string | null;
  readonly declared: DeclaredUsage;
  /** Tokens of content that came so far, by length: while an answer runs nobody knows better. */
  readonly generatedTokens: number;
  readonly hasContent: boolean;
  /** Whether the answer was told to its end. */
  readonly isWhole: boolean;
  /** Type of the provider's own error, in the body or in mid-stream. */
  readonly errorType: string | null;
  readonly isMalformed: boolean;
}

/** Reads the events of one streamed answer beside the way that its bytes take; memory is bounded whatever comes. */
export class SseAnswerReader {
  private model: string | null = null;
  private declared: DeclaredUsage = NOTHING_DECLARED;
  private characters = 0;
  private content = false;
  private whole = false;
  private errorType: string | null = null;
  private malformed = false;
  private readonly lines = new StreamLines(MAX_LINE_BYTES, (line) => this.line(line));

  push(chunk: Buffer): void {
    this.lines.push(chunk);
  }

  end(): void {
    this.lines.end();
  }

  get facts(): AnswerFacts {
    return {
      model: this.model,
      declared: this.declared,
      generatedTokens: Math.ceil(this.characters / CHARACTERS_PER_TOKEN),
      hasContent: this.content,
      isWhole: this.whole,
      errorType: this.errorType,
      isMalformed: this.malformed,
    };
  }

  private line({ bytes, length, isWhole }: StreamLine): void {
    if (bytes.length < DATA.length || bytes.compare(DATA, 0, DATA.length, 0, DATA.length) !== 0) return;
    const isDelta = bytes.subarray(0, 128).indexOf(DELTA) !== -1;
    if (isDelta && length > PARSED_DELTA_BYTES) return this.grow(length - DELTA_OVERHEAD_BYTES);
    if (!isWhole) return;
    try {
      this.event(JSON.parse(bytes.toString('utf8', DATA.length)) as StreamEvent);
    } catch {
      this.malformed = true;
    }
  }

  private event(event: StreamEvent | null): void {
    switch (event?.type) {
      case 'message_start':
        this.model = event.message?.model ?? this.model;
        if (event.message?.usage) this.declared = declare(this.declared, event.message.usage);
        return;
      case 'content_block_delta': {
        const { text, thinking, partial_json: json } = event.delta ?? {};
        return this.grow((text ?? thinking ?? json ?? '').length);
      }
      case 'message_delta':
        if (event.usage) this.declared = declare(this.declared, event.usage);
        return;
      case 'message_stop':
        this.whole = true;
        return;
      case 'error':
        this.errorType = event.error?.type ?? 'error';
        return;
      case undefined:
      default:
    }
  }

  private grow(characters: number): void {
    this.content = true;
    this.characters += Math.max(0, characters);
  }
}

/** Largest body that is kept whole. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const TAIL_BYTES = 64 * 1024;

/** The same for an answer that comes as one JSON body: an error, or a message that was not to be streamed. */
export class JsonAnswerReader {
  private parts: Buffer[] = [];
  private length = 0;
  private ended = false;
  private read: Omit<AnswerFacts, 'hasContent'> | undefined;

  constructor(private readonly isError: boolean) {}

  push(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length <= MAX_BODY_BYTES) this.parts.push(chunk);
    // Usage stands at the end of a message: of a body beyond measure that is all that is looked at.
    else this.parts = [Buffer.from(Buffer.concat([...this.parts, chunk]).subarray(-TAIL_BYTES))];
  }

  end(): void {
    this.ended = true;
  }

  get facts(): AnswerFacts {
    if (this.ended) this.read ??= this.parse();
    const nothing = { model: null, declared: NOTHING_DECLARED, generatedTokens: 0, isWhole: false, errorType: null };
    return { ...nothing, isMalformed: false, ...this.read, hasContent: this.length > 0 && !this.isError };
  }

  private parse(): Omit<AnswerFacts, 'hasContent'> {
    const text = Buffer.concat(this.parts).toString('utf8');
    const body = this.length <= MAX_BODY_BYTES ? parsed(text) : tailOf(text);
    const { model = null, usage, error } = body ?? {};
    return {
      model,
      declared: usage ? declare(NOTHING_DECLARED, usage) : NOTHING_DECLARED,
      generatedTokens: 0,
      isWhole: body !== null && !this.isError,
      errorType: error?.type ?? null,
      isMalformed: body === null,
    };
  }
}

interface Body {
  readonly model?: string;
  readonly usage?: ApiUsage;
  readonly error?: { readonly type?: string };
}

function parsed(text: string): Body | null {
  try {
    return JSON.parse(text) as Body | null;
  } catch {
    return null;
  }
}

function tailOf(text: string): Body | null {
  const at = text.lastIndexOf('"usage":');
  if (at === -1) return null;
  for (let end = text.indexOf('}', at); end !== -1; end = text.indexOf('}', end + 1)) {
    const usage = parsed(text.slice(at + '"usage":'.length, end + 1));
    if (usage) return { usage: usage as ApiUsage };
  }
  return null;
}
