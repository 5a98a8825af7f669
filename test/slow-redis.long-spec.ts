import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bigText } from './messages-api/index.js';
import { readEvents, TextByHand } from './support/event-reader.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { sha256 } from './support/sha256.js';

const BYTES = 20_000_000;

/** Upward: what the log cannot take yet is not read from the CLI. */
describe('a Redis that is slower than the CLI', () => {
  let server: ServerProcess;

  withServer({}, (standing) => ({ server } = standing));

  const memoryMib = async (): Promise<number> => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1024 ** 2;
  };

  /** Connects again where it left off when it is let go while Redis is away. */
  async function read(id: string): Promise<TextByHand> {
    const reader = new TextByHand();
    for (let connection = 0; connection < 5 && reader.ends.length === 0; connection += 1) {
      const headers = { 'last-event-id': String(reader.position) };
      const events = `${server.url}/api/v1/claude/processes/${id}/events`;
      reader.add(await readEvents(events, { headers }).catch(() => delay(500, [])));
    }
    return reader;
  }

  it('away for five seconds in a 20 MB run: reading pauses, memory stays, nothing is lost', async () => {
    const prompt = `[[big bytes=${BYTES} chunk=2000]]`;
    // What such a run costs by itself.
    await server.client().execute({ prompt, timeoutMs: 120_000 });
    const before = await memoryMib();
    const { id } = await server.client().submit({ prompt, timeoutMs: 120_000 });
    const reading = read(id);
    await expect
      .poll(async () => (await server.client().run(id)).lastSeq, { timeout: 20_000, interval: 20 })
      .toBeGreaterThan(500);
    const pid = await server.redisPid();
    process.kill(pid, 'SIGSTOP');
    await delay(5000);
    const during = await memoryMib();
    process.kill(pid, 'SIGCONT');
    const reader = await reading;
    expect([reader.faults, reader.ends, reader.sha256]).toEqual([[], ['run.completed'], sha256(bigText(BYTES))]);
    // A megabyte of events waits for Redis, and a few lines of the CLI; the rest is in the CLI.
    expect(during - before).toBeLessThan(100);
  }, 120_000);

  it('halting again and again: slower, and whole', async () => {
    const pid = await server.redisPid();
    const { id } = await server.client().submit({ prompt: '[[text n=3000 size=40]]', timeoutMs: 60_000 });
    const reading = read(id);
    for (let n = 0; n < 20; n += 1) {
      process.kill(pid, 'SIGSTOP');
      await delay(150);
      process.kill(pid, 'SIGCONT');
      await delay(20);
    }
    const reader = await reading;
    const run = await server.client().run(id);
    expect([reader.faults, reader.ends, reader.text]).toEqual([[], ['run.completed'], run.result?.text]);
    expect(reader.position).toBe(run.lastSeq);
  }, 90_000);
});
