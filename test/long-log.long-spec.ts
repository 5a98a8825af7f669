import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bigText } from './messages-api/index.js';
import { openEvents, readEvents, TextByHand } from './support/event-reader.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { sha256 } from './support/sha256.js';
import { SocketClient } from './support/socket.js';

const BYTES = 6_000_000;
const EXPECTED = sha256(bigText(BYTES));

/** Runs whose events outgrow what the log keeps. */
describe('a log beyond its bounds', () => {
  let server: ServerProcess;

  withServer(
    {
      env: {
        STEWARD_RUN_LOG_BYTES: '500000',
        STEWARD_RUN_OUTPUT_BYTES: '30000000',
        STEWARD_LOG_RETENTION_MS: '15000',
      },
    },
    (standing) => ({ server } = standing),
  );

  const eventsOf = (id: string, after = 0) => `${server.url}/api/v1/claude/processes/${id}/events?after=${after}`;

  it('gives readers from the start, from the middle, stalled and late the same text, then says what has gone', async () => {
    const { id } = await server.client().submit({ prompt: `[[big bytes=${BYTES} chunk=500]]` });
    const stalled = await openEvents(eventsOf(id));
    stalled.pause();
    const live = readEvents(eventsOf(id));
    await expect.poll(async () => (await server.client().run(id)).lastSeq, { timeout: 20_000 }).toBeGreaterThan(2000);
    const middle = readEvents(eventsOf(id, 1000));
    await expect.poll(async () => (await server.client().run(id)).state, { timeout: 40_000 }).toBe('completed');
    const late = await readEvents(eventsOf(id));
    expect(late.filter(({ event }) => event === 'stream.snapshot')).toHaveLength(1);
    const readers = {
      live: new TextByHand().add(await live),
      stalled: new TextByHand().add(await readEvents(stalled)),
      late: new TextByHand().add(late),
    };
    for (const [name, { faults, sha256: read, ends }] of Object.entries(readers))
      expect([name, faults, read, ends]).toEqual([name, [], EXPECTED, ['run.completed']]);
    // Whoever begins at 1000 has the text up to there; a snapshot replaces it, and otherwise it goes on from there.
    const rest = new TextByHand(1000).add(await middle);
    expect([rest.faults, rest.ends]).toEqual([[], ['run.completed']]);
    if ((await middle).some(({ event }) => event === 'stream.snapshot')) expect(rest.sha256).toBe(EXPECTED);
    else expect(bigText(BYTES).endsWith(rest.text)).toBe(true);

    await expect
      .poll(async () => (await readEvents(eventsOf(id))).map(({ event }) => event), { timeout: 25_000, interval: 1000 })
      .toEqual(['stream.gap', 'run.completed']);
    const [gap, end] = await readEvents(eventsOf(id));
    const run = await server.client().run(id);
    expect(gap?.frame.data).toEqual({ fromSeq: 1, throughSeq: run.lastSeq - 1 });
    expect(gap?.id).toBe(String(run.lastSeq - 1));
    expect(end?.frame).toMatchObject({ seq: run.lastSeq, fromSeq: run.lastSeq, data: { result: run.result } });
    const page = await server.client().history(id);
    expect(page.data.map(({ type }) => type)).toEqual(['stream.gap', 'run.completed']);
    const socket = new SocketClient(server.url);
    await socket.ask('claude:subscribe', { id });
    await socket.end(id);
    expect(socket.framesOf(id).map(({ type }) => type)).toEqual(['stream.gap', 'run.completed']);
    socket.close();
  });

  it('ends a run that writes more than a run may, and its session goes on', async () => {
    const session = await server.client().createSession();
    const prompt = '[[big bytes=16000000 chunk=4000]]';
    const run = await server.client().execute({ prompt, sessionId: session.id });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'run.output_too_large', retryable: false } });
    const read = new TextByHand().add(await readEvents(eventsOf(run.id)));
    expect([read.faults, read.ends]).toEqual([[], ['run.failed']]);
    expect(bigText(16_000_000).startsWith(read.text)).toBe(true);
    await delay(10);
    const next = await server.client().execute({ prompt: '[[say fine]]', sessionId: session.id });
    expect(next.result?.text).toBe('fine');
  });
});
