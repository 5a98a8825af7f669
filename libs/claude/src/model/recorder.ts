import { createWriteStream, mkdirSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { type AnswerListener } from './answer-decoder.js';
import { StreamLines } from './sse-lines.js';

/** Version of the file's form. */
export const RECORDING_VERSION = 1;
/** A line is masked as a whole; of a longer one the beginning is kept. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const KEPT_REQUEST_HEADERS = ['anthropic-beta', 'anthropic-version', 'user-agent', 'x-app', 'content-type'];
/** Describe the bytes of the first answer; a replay makes its own. */
const DROPPED_RESPONSE_HEADERS = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'set-cookie',
]);

/** One line of a recording: NDJSON, in the order in which things happened. */
type RecordingLine =
  | { readonly type: 'run'; readonly version: number; readonly [field: string]: unknown }
  | {
      readonly type: 'request';
      readonly id: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly type: 'answer';
      readonly id: string;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** A line of the answer, without its end; of one beyond the bound its beginning. */
  | { readonly type: 'line'; readonly id: string; readonly text: string; readonly part?: true }
  | { readonly type: 'end'; readonly id: string; readonly how: string }
  /** The last line of a recording that reached its bound: more was said, and is not here. */
  | { readonly type: 'cut'; readonly maxBytes: number };

export interface RecorderOptions {
  readonly path: string;
  /** Bound of the whole file, of all attempts together; the line that tells of it comes on top. */
  readonly maxBytes: number;
  /** Hides what must not be kept. */
  readonly mask: (text: string) => string;
  /** First line of each attempt. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The bound is reached. At most once. */
  readonly cut: () => void;
}

/** Writes what a run says to the model and hears from it into one file, masked, as it happens. */
export class Recorder {
  private readonly file: WriteStream;
  private bytes: number;
  private isCut = false;

  constructor(private readonly options: RecorderOptions) {
    const { path, head } = options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.file = createWriteStream(path, { mode: 0o600, flags: 'a' });
    // A full disk must not end the server; the recording then ends where it does.
    this.file.on('error', () => undefined);
    this.write({ type: 'run', version: RECORDING_VERSION, ...head });
  }

  /** The body is told when it is whole. */
  request(id: string, request: IncomingMessage): void {
    const parts: Buffer[] = [];
    let length = 0;
    const bound = Math.min(MAX_BODY_BYTES, this.options.maxBytes);
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bound && !this.isCut) parts.push(chunk);
    });
    request.once('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const headers = Object.fromEntries(
        KEPT_REQUEST_HEADERS.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])),
      );
      this.write({ type: 'request', id, path: request.url ?? '', headers, body });
    });
  }

  answer(id: string, status: number, headers: IncomingHttpHeaders): AnswerListener {
    const kept = Object.entries(headers).filter(([name]) => !DROPPED_RESPONSE_HEADERS.has(name));
    this.write({
      type: 'answer',
      id,
      status,
      headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    });
    const lines = new StreamLines(MAX_LINE_BYTES, (bytes, from, to, length) =>
      this.write({
        type: 'line',
        id,
        text: bytes.toString('utf8', from, to),
        ...(to - from < length ? { part: true } : {}),
      }),
    );
    return { push: (chunk) => lines.push(chunk), end: () => lines.end() };
  }

  ended(id: string, how: string): void {
    this.write({ type: 'end', id, how });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.file.once('close', resolve);
      this.file.end();
    });
  }

  private write(line: RecordingLine): void {
    if (this.isCut) return;
    const masked = (_key: string, value: unknown) => (typeof value === 'string' ? this.masked(value) : value);
    const bytes = Buffer.from(`${JSON.stringify(line, masked)}\n`);
    this.bytes += bytes.length;
    if (this.bytes <= this.options.maxBytes) return void this.file.write(bytes);
    const { maxBytes, cut } = this.options;
    this.isCut = true;
    this.file.write(`${JSON.stringify({ type: 'cut', maxBytes } satisfies RecordingLine)}\n`);
    cut();
  }

  /** JSON inside a text is masked value by value: what stands around a secret must stay JSON. */
  private masked(text: string): string {
    const at = text.startsWith('data: ') ? 'data: '.length : 0;
    if (text[at] !== '{') return this.options.mask(text);
    try {
      const deep = (_key: string, value: unknown) => (typeof value === 'string' ? this.options.mask(value) : value);
      return text.slice(0, at) + JSON.stringify(JSON.parse(text.slice(at)), deep);
    } catch {
      return this.options.mask(text);
    }
  }
}
