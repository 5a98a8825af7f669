import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds of a clock that all processes of this machine share. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export interface StampApi {
  readonly url: string;
  close(): Promise<void>;
}

/** A Messages API whose deltas say when they were written, so that a reader knows how old they are. */
export async function startStampApi(deltas: number, everyMs: number): Promise<StampApi> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.method !== 'POST') return void response.end();
    request.once('end', () => void answer(response, deltas, everyMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(response: ServerResponse, deltas: number, everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = {
    id: `msg_${nowMs()}`,
    type: 'message',
    role: 'assistant',
    model: 'bench',
    content: [],
    stop_reason: null,
    usage,
  };
  send('message_start', { message });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  for (let n = 0; n < deltas; n += 1) {
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: `${nowMs()} ` } });
    await delay(everyMs);
  }
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage });
  send('message_stop', {});
  response.end();
}
