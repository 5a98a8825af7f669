import { get, type IncomingMessage } from 'node:http';
import { type Frame, SseParser } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { bigText } from './messages-api/index.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { sha256 } from './support/sha256.js';

const BYTES = 20_000_000;
const STALL_MS = 3000;

/** A reader that stops reading costs nobody anything, and loses nothing. */
describe('a slow reader', () => {
  let server: ServerProcess;

  withServer({ env: { STEWARD_READER_STALL_MS: String(STALL_MS) } }, (standing) => ({ server } = standing));

  const open = (id: string, after = 0): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `${server.url}/api/v1/claude/processes/${id}/events?after=${after}`;
      get(url, { headers: { accept: 'text/event-stream' } }, resolve).once('error', reject);
    });

  async function readAll(response: IncomingMessage): Promise<{ frames: Frame[]; stalled: boolean }> {
    const parser = new SseParser();
    const frames: Frame[] = [];
    let stalled = false;
    for await (const chunk of response.setEncoding('utf8')) {
      for (const { event, data } of parser.push(chunk as string)) {
        if (event === 'stream.stalled') stalled = true;
        // An id alone says where the reader began; it is no frame.
        else if (event !== '') frames.push(JSON.parse(data) as Frame);
      }
    }
    return { frames, stalled };
  }

  const textOf = (frames: readonly Frame[]) =>
    frames.map((frame) => (frame.type === 'text.delta' ? frame.data.text : '')).join('');
  const memoryMib = async (): Promise<number> => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1024 ** 2;
  };

  it('that stalls in a 20 MB run neither slows it nor fills memory; it is told its position and comes back for the rest', async () => {
    // What such a run costs by itself: the CLI prints its 20 MB in one line, twice.
    const prompt = `[[big bytes=${BYTES} chunk=2000]]`;
    await server.client().execute({ prompt, timeoutMs: 60_000 });
    const before = await memoryMib();
    const { id } = await server.client().submit({ prompt, timeoutMs: 60_000 });
    const slow = await open(id);
    slow.pause();
    await expect.poll(async () => (await server.client().run(id)).state, { timeout: 40_000 }).toBe('completed');
    const peak = await memoryMib();
    // Past its patience the server lets go: what was written so far is read, then the connection ends.
    await new Promise((done) => setTimeout(done, STALL_MS));
    const first = await readAll(slow);
    expect(first.stalled).toBe(true);
    const reached = first.frames.at(-1)!.seq;
    const second = await readAll(await open(id, reached));
    const frames = [...first.frames, ...second.frames];
    expect(frames.every((frame, index) => frame.fromSeq === (frames[index - 1]?.seq ?? 0) + 1)).toBe(true);
    expect(frames.at(-1)?.type).toBe('run.completed');
    expect(sha256(textOf(frames))).toBe(sha256(bigText(BYTES)));
    // The log is in Redis; a reader that does not read leaves nothing in the server but its socket.
    expect(peak - before).toBeLessThan(200);
  });

  it('gets adjacent deltas merged while it catches up, and the same text', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=4000 size=400]]' });
    await expect.poll(async () => (await server.client().run(id)).state, { timeout: 30_000 }).toBe('completed');
    const response = await open(id);
    response.pause();
    await new Promise((done) => setTimeout(done, 500));
    const { frames } = await readAll(response);
    expect(frames.every((frame, index) => frame.fromSeq === (frames[index - 1]?.seq ?? 0) + 1)).toBe(true);
    expect(frames.length).toBeLessThan(2000);
    expect(textOf(frames)).toBe((await server.client().run(id)).result?.text);
  });
});
