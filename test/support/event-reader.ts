import { get, type IncomingMessage } from 'node:http';
import { sha256 } from './sha256.js';

export interface Seen {
  readonly id: string;
  readonly event: string;
  readonly frame: {
    readonly fromSeq?: number;
    readonly seq?: number;
    readonly runId: string | null;
    readonly sessionId: string | null;
    readonly type: string;
    readonly data: Record<string, unknown>;
  };
}

export interface ReadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves after so many bytes, wherever in an event that is. */
  readonly maxBytes?: number;
  /** Leaves when this says so. */
  readonly until?: (seen: readonly Seen[]) => boolean;
}

export const openEvents = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { accept: 'text/event-stream', ...headers } }, resolve).once('error', reject);
  });

/** A reader by hand, which knows nothing of the client library: whole events only, in their order. */
export async function readEvents(source: string | IncomingMessage, options: ReadOptions = {}): Promise<Seen[]> {
  const response = typeof source === 'string' ? await openEvents(source, options.headers) : source;
  if (response.statusCode === 204) return [];
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
  const seen: Seen[] = [];
  let [rest, bytes] = ['', 0];
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      bytes += chunk.length;
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const lines = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        if (lines['data'])
          seen.push({
            id: lines['id'] ?? '',
            event: lines['event']!,
            frame: JSON.parse(lines['data']) as Seen['frame'],
          });
      }
      if (bytes >= (options.maxBytes ?? Infinity) || options.until?.(seen)) break;
    }
  } catch (error) {
    // A server that dies cuts its connections; what was read before is what was read.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  } finally {
    response.destroy();
  }
  return seen;
}

/** Text of the answer by the rules of docs/events.md, and whether each frame follows the one before it. */
export class TextByHand {
  private parts: { readonly messageId: unknown; readonly seq: number; readonly text: string }[] = [];
  readonly faults: string[] = [];
  readonly ends: string[] = [];
  position: number;

  constructor(after = 0) {
    this.position = after;
  }

  add(seen: readonly Seen[]): this {
    for (const { frame } of seen) this.one(frame);
    return this;
  }

  get text(): string {
    return this.parts.map(({ text }) => text).join('');
  }

  get sha256(): string {
    return sha256(this.text);
  }

  private one({ fromSeq, seq, type, data }: Seen['frame']): void {
    if (this.ends.length > 0) this.faults.push(`${type} after the end`);
    if (type === 'stream.snapshot') {
      this.parts = [{ messageId: null, seq: 0, text: String(data['text']) }];
      this.position = Number(data['throughSeq']);
    }
    if (fromSeq === undefined || seq === undefined) return;
    if (fromSeq !== this.position + 1) this.faults.push(`${type} from ${fromSeq} after ${this.position}`);
    this.position = seq;
    if (type === 'text.delta') this.parts.push({ messageId: data['messageId'], seq, text: String(data['text']) });
    if (type === 'text.replaced')
      this.parts = this.parts.filter(
        (part) =>
          part.messageId !== data['messageId'] ||
          part.seq < Number(data['fromSeq']) ||
          part.seq > Number(data['throughSeq']),
      );
    if (type === 'run.resumed' && data['fromSeq'] !== null)
      this.parts = this.parts.filter(({ seq: at }) => at < Number(data['fromSeq']) || at > Number(data['throughSeq']));
    if (/^run\.(completed|failed|cancelled)$/.test(type)) this.ends.push(type);
  }
}
