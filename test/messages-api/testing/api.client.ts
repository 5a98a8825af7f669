import { request, type IncomingHttpHeaders } from 'node:http';
import type { MessagesRequest } from '../wire/api.types.js';

export interface SseEvent {
  event: string;
  data: Record<string, any>;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The connection broke before the answer was whole. */
  broken: boolean;
}

export const ask = (prompt: string, more: Partial<MessagesRequest> = {}): MessagesRequest => ({
  model: 'claude-test',
  max_tokens: 1_000,
  stream: true,
  messages: [{ role: 'user', content: prompt }],
  ...more,
});

/** A client that believes nothing and retries nothing. */
export function call(url: string, method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, signal, headers: { 'content-type': 'application/json' } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      const done = (broken: boolean): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
          broken,
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(false));
      response.on('error', () => done(true));
    });
    sent.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
  });
}

export const post = (url: string, body: unknown, signal?: AbortSignal): Promise<Answer> =>
  call(url, 'POST', '/v1/messages?beta=true', body, signal);

export const say = (url: string, prompt: string, more?: Partial<MessagesRequest>): Promise<Answer> =>
  post(url, ask(prompt, more));

/** Reads a stream strictly: every event whole, its name that of its data. */
export function eventsOf(text: string): SseEvent[] {
  const parts = text.split('\n\n');
  if (parts.pop() !== '') throw new Error('the stream ends within an event');
  return parts.map((part) => {
    const match = /^event: (\w+)\ndata: (.*)$/.exec(part);
    if (match === null) throw new Error(`not an event: ${part}`);
    const data = JSON.parse(match[2]!) as SseEvent['data'];
    if (data['type'] !== match[1]) throw new Error(`event ${match[1]} carries ${String(data['type'])}`);
    return { event: match[1]!, data };
  });
}

export const deltaText = (events: SseEvent[]): string =>
  events.map(({ data }) => (data['delta']?.text ?? data['delta']?.partial_json ?? '') as string).join('');
