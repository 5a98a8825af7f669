import { describe, expect, it } from 'vitest';
import { numberedWords } from './messages-api/index.js';
import { readEvents, TextByHand } from './support/event-reader.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

/** The text's bytes are what the model sent, however they were cut on the way. */
describe('formatting', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  it.each([
    ['Unicode, split in the middle of characters', 'äöü €uro 🙂👩‍👩‍👧‍👦 🇩🇪e\u0301 漢字'],
    ['line ends of every kind', 'a\nb\r\nc\rd\u0085e\u2028f\u2029g\n\n\n'],
    ['tabs, ANSI and other control characters', '\t\u001b[31mred\u001b[0m\u0007\b\f\u0001 \u00a0 end  '],
    ['what events and JSON are made of', 'data: x\n\nevent: run.completed\nid: 7\n{"a":"\\\\"} <script>&amp;]]'],
  ])('%s', async (_name, text) => {
    const encoded = Buffer.from(text).toString('base64');
    for (const options of ['chunk=1 split=1', 'chunk=3 split=5', 'chunk=0'])
      await expectSame(`[[say ${options} base64:${encoded}]]`, text);
  });

  it('one line of 5 MB', async () => {
    const text = [...numberedWords(1250, 4000)].join('');
    expect([text.length, text.includes('\n')]).toEqual([5_000_000, false]);
    await expectSame('[[text n=1250 size=4000]]', text);
  }, 60_000);

  /** Deltas over both transports, the message and the result agree with what the model sent. */
  async function expectSame(prompt: string, expected: string): Promise<void> {
    const socket = new SocketClient(server.url);
    const { id } = await socket.ask('claude:execute', { prompt });
    const seen = await readEvents(`${server.url}/api/v1/claude/processes/${id}/events`);
    await socket.end(id);
    const run = await server.client().run(id);
    const sse = new TextByHand().add(seen);
    const overSocket = new TextByHand().add(socket.framesOf(id).map((frame) => ({ id: '', event: frame.type, frame })));
    const said = seen
      .filter(({ frame }) => frame.type === 'message')
      .flatMap(({ frame }) => frame.data['content'] as { type: string; text?: string }[])
      .map(({ text = '' }) => text)
      .join('');
    expect([sse.faults, overSocket.faults]).toEqual([[], []]);
    // Compared by hand: a difference of megabytes is nothing to print.
    for (const text of [sse.text, overSocket.text, said, run.result?.text]) expect(text === expected).toBe(true);
    socket.close();
  }
});
