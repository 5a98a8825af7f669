import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bigText } from './messages-api/index.js';
import { openEvents, readEvents, TextByHand } from './support/event-reader.js';
import { type ServerProcess } from './support/server.process.js';
import { withServers } from './support/servers.fixture.js';
import { sha256 } from './support/sha256.js';
import { SocketClient } from './support/socket.js';

const BYTES = 8_000_000;
const STALL_MS = 10_000;
const RECONNECTS = 100;

/** One run on one process, readers of every kind on others. */
describe('many readers of one run', () => {
  let first: ServerProcess;
  let second: ServerProcess;

  withServers({}, async (start) => {
    await start('worker');
    [first, second] = [await start('api'), await start('api')];
  });

  const eventsOf = (server: ServerProcess, id: string, after = 0) =>
    `${server.url}/api/v1/claude/processes/${id}/events?after=${after}`;

  /** Leaves in the middle of anything, again and again, and goes on from where it was. */
  async function reconnecting(id: string): Promise<{ reader: TextByHand; connections: number }> {
    const reader = new TextByHand();
    let connections = 0;
    for (; reader.ends.length === 0 && connections < 2000; connections += 1) {
      const server = connections % 2 === 0 ? second : first;
      const maxBytes = connections < RECONNECTS ? 1 + Math.floor(Math.random() * 60_000) : Infinity;
      const target = connections >= 3 && first.isGone ? second : server;
      reader.add(await readEvents(eventsOf(target, id, reader.position), { maxBytes }).catch(() => []));
    }
    return { reader, connections };
  }

  /** Follows at the first api until that dies, then at the other. */
  async function moving(id: string): Promise<TextByHand> {
    const reader = new TextByHand().add(await readEvents(eventsOf(first, id)));
    expect(reader.ends).toEqual([]);
    return reader.add(await readEvents(eventsOf(second, id, reader.position)));
  }

  it('from the start, from the middle, after the end, reconnecting, stalled, at a dying process: the same bytes for all', async () => {
    const { id } = await second.client().submit({ prompt: `[[big bytes=${BYTES} chunk=2500]]`, timeoutMs: 120_000 });
    const fromStart = readEvents(eventsOf(second, id));
    const roaming = reconnecting(id);
    const moved = moving(id);
    const stalled = await openEvents(eventsOf(second, id));
    stalled.pause();
    const stalledUntil = delay(STALL_MS);
    const socket = new SocketClient(second.url);
    await socket.ask('claude:subscribe', { id });
    await expect.poll(async () => (await second.client().run(id)).lastSeq, { timeout: 30_000 }).toBeGreaterThan(600);
    first.signal('SIGKILL');
    const fromMiddle = readEvents(eventsOf(second, id));
    await expect.poll(async () => (await second.client().run(id)).state, { timeout: 90_000 }).toBe('completed');
    await stalledUntil;
    const afterEnd = readEvents(eventsOf(second, id));
    await socket.end(id, 120_000);
    const ofSocket = socket.framesOf(id).map((frame) => ({ id: '', event: frame.type, frame }));
    const { reader, connections } = await roaming;
    const readers: Record<string, TextByHand> = {
      fromStart: new TextByHand().add(await fromStart),
      fromMiddle: new TextByHand().add(await fromMiddle),
      afterEnd: new TextByHand().add(await afterEnd),
      stalled: new TextByHand().add(await readEvents(stalled)),
      socket: new TextByHand().add(ofSocket),
      moved: await moved,
      reconnecting: reader,
    };
    const sent = sha256(bigText(BYTES));
    for (const [name, one] of Object.entries(readers))
      expect([name, one.faults, one.sha256, one.ends]).toEqual([name, [], sent, ['run.completed']]);
    expect(connections).toBeGreaterThanOrEqual(RECONNECTS);
    socket.close();
  }, 240_000);
});
