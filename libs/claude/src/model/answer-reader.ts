import { type ApiUsage, type DeclaredUsage, declare, NOTHING_DECLARED } from './token-figures.js';
import { StreamLines } from './sse-lines.js';

/** Longest line that is looked into; the lines that tell usage have a few hundred bytes. */
const MAX_LINE_BYTES = 256 * 1024;
/** Every event tells its type, and a delta the kind and beginning of its text, within so many characters. */
const HEAD_CHARACTERS = 160;
const FIRST_OF_DATA = 0x64;
/** What may stand behind an event: spaces, a carriage return. */
const PADDING: ReadonlySet<number> = new Set([0x20, 0x0d]);
/** Characters that make up about one token. */
const CHARACTERS_PER_TOKEN = 4;

/** Names come from outside, and go into keys of Redis and events. */
const MAX_NAME_CHARACTERS = 128;
const nameOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARACTERS ? value : null;

interface StreamEvent {
  readonly type?: string;
  readonly message?: { readonly model?: unknown; readonly usage?: ApiUsage };
  readonly usage?: ApiUsage;
  readonly error?: { readonly type?: unknown };
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
  /** How the last delta began, up to its text. All of one block begin so: the next ones are known by one look. */
  private alike: Buffer = Buffer.alloc(0);
  /** Events so far, pings excepted. */
  progress = 0;
  private readonly lines = new StreamLines(MAX_LINE_BYTES, (bytes, from, to, length) =>
    this.line(bytes, from, to, length),
  );

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

  private line(bytes: Buffer, from: number, to: number, length: number): void {
    // Two of three lines are no data: one look is enough for them.
    if (bytes[from] !== FIRST_OF_DATA) return;
    this.progress += 1;
    const { alike } = this;
    if (
      to - from > alike.length &&
      alike.length > 0 &&
      bytes.compare(alike, 0, alike.length, from, from + alike.length) === 0
    )
      return this.text(bytes, to, length, alike.length);
    const head = bytes.toString('latin1', from, Math.min(to, from + HEAD_CHARACTERS));
    if (!head.startsWith('data:')) return;
    if (head.includes('"content_block_delta"')) return this.delta(head, bytes, from, to, length);
    if (to - from < length) return;
    try {
      this.event(JSON.parse(bytes.toString('utf8', from + 'data:'.length, to)) as StreamEvent);
    } catch {
      this.malformed = true;
    }
  }

  /** There are many of them: their text is measured and not read. */
  private delta(head: string, bytes: Buffer, from: number, to: number, length: number): void {
    const type = head.indexOf('_delta","', head.indexOf('"delta"'));
    const text = type === -1 ? -1 : head.indexOf('":"', type + '_delta","'.length);
    // No text, a signature for instance, or one whose beginning lies further on than anybody writes it.
    if (text === -1) return;
    const begin = text + '":"'.length;
    this.alike = Buffer.from(bytes.subarray(from, from + begin));
    this.text(bytes, to, length, begin);
  }

  /** @param begin where in its line the text of a delta begins */
  private text(bytes: Buffer, to: number, length: number, begin: number): void {
    let padding = 0;
    while (padding < length && PADDING.has(bytes[to - 1 - padding]!)) padding += 1;
    this.grow(length - begin - '"}}'.length - padding);
  }

  private event(event: StreamEvent | null): void {
    switch (event?.type) {
      case 'message_start':
        this.model = nameOf(event.message?.model) ?? this.model;
        if (event.message?.usage) this.declared = declare(this.declared, event.message.usage);
        return;
      case 'message_delta':
        if (event.usage) this.declared = declare(this.declared, event.usage);
        return;
      case 'message_stop':
        this.whole = true;
        return;
      case 'error':
        this.errorType = nameOf(event.error?.type) ?? 'error';
        return;
      case 'ping':
        this.progress -= 1;
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
  /** Bytes so far. */
  progress = 0;
  private read: Omit<AnswerFacts, 'hasContent'> | undefined;

  constructor(private readonly isError: boolean) {}

  push(chunk: Buffer): void {
    this.length += chunk.length;
    this.progress = this.length;
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
    const { model, usage, error } = body ?? {};
    return {
      model: nameOf(model),
      declared: usage ? declare(NOTHING_DECLARED, usage) : NOTHING_DECLARED,
      generatedTokens: 0,
      isWhole: body !== null && !this.isError,
      errorType: nameOf(error?.type),
      isMalformed: body === null,
    };
  }
}

interface Body {
  readonly model?: unknown;
  readonly usage?: ApiUsage;
  readonly error?: { readonly type?: unknown };
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
