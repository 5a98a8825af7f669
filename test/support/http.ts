import { type Problem } from '@steward/client';
import { request as httpRequest } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly problem: Problem;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; an object is sent as JSON. */
  readonly body?: string | Buffer | object;
}

/** A request exactly as written, also one that `fetch` would refuse to send (a foreign `Host`, a broken body). */
export function send(base: string, path: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const content = body === undefined ? undefined : raw ? body : JSON.stringify(body);
  const all = {
    ...(content === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(content)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(base, { path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get problem() {
            return JSON.parse(text) as Problem;
          },
        });
      });
    });
    request.once('error', reject);
    request.end(content);
  });
}
