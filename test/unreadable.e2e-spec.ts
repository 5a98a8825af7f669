import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Problem } from '@steward/client';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const HOST = 'Host: 127.0.0.1\r\n';
const POST = `POST /api/v1/claude/execute/async HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;

/** What the parser of HTTP refuses, before anything else of the server sees it. */
describe('what is no request', () => {
  let server: ServerProcess;
  beforeAll(async () => (server = await ServerProcess.start({ modelUrl: 'http://127.0.0.1:9' })));
  afterAll(() => server[Symbol.asyncDispose]());

  async function talk(bytes: string): Promise<{ status: number; type: string; problem: Problem }> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    const [head = '', body = ''] = heard.split('\r\n\r\n');
    return {
      status: Number(head.split(' ')[1]),
      type: /content-type: (\S+?);/i.exec(head)?.[1] ?? '',
      problem: JSON.parse(body) as Problem,
    };
  }

  it.each([
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\n${HOST}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'request.headers_too_large',
    ],
    ['a chunk without a size', `${POST}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`, 400, 'request.invalid'],
    ['a line that is no request', 'nonsense\r\n\r\n', 400, 'request.invalid'],
    ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'request.invalid'],
    [
      'a length beside chunks',
      `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
      'request.invalid',
    ],
  ])('%s is answered as a problem, and the server goes on', async (_name, bytes, status, code) => {
    const answer = await talk(bytes);
    expect(answer).toMatchObject({ status, type: 'application/problem+json', problem: { code, status } });
    expect(answer.problem.requestId).toBeTruthy();
    expect((await send(server.url, '/health/live')).status).toBe(200);
  });

  it('a body that says it is in another encoding is refused', async () => {
    for (const [type, status] of [
      ['application/json; charset=iso-8859-1', 415],
      ['application/json; charset="utf-16"', 415],
      ['application/json; charset=UTF-8', 400],
      ['application/json; charset="utf-8"', 400],
    ] as const) {
      // In an encoding that is taken, this body lacks its prompt.
      const call = { method: 'POST', body: '{"metadata":{"a":"ä"}}', headers: { 'content-type': type } };
      const { problem } = await send(server.url, '/api/v1/claude/execute/async', call);
      expect([type, problem.status, problem.code]).toEqual([
        type,
        status,
        status === 415 ? 'request.media_type' : 'request.invalid',
      ]);
      if (status === 400) expect(problem.errors[0]?.field).toBe('prompt');
    }
  });
});
