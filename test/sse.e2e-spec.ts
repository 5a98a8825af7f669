import { type Frame, isFrame } from '@steward/client';
import { EventSource } from 'eventsource';
import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { expectWhole, textOf } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** Following a run by Server-Sent Events. */
describe('event streams', () => {
  let server: ServerProcess;

  withServer({ env: { STEWARD_HEARTBEAT_MS: '150' } }, (standing) => ({ server } = standing));

  const pathOf = (id: string, query = ''): string => `/api/v1/claude/processes/${id}/events${query}`;

  it('serve a stock EventSource to the end, which then stays away', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=30 delay=10]]' });
    const frames: Frame[] = [];
    const source = new EventSource(server.url + pathOf(id));
    const types = ['run.queued', 'run.started', 'run.progress', 'text.delta', 'message', 'usage', 'run.completed'];
    for (const type of types)
      source.addEventListener(type, (event) => frames.push(JSON.parse(event.data as string) as Frame));
    const opened: number[] = [];
    source.addEventListener('open', () => opened.push(Date.now()));
    await expect.poll(() => frames.at(-1)?.type, { timeout: 10_000 }).toBe('run.completed');
    expectWhole(frames);
    // It reconnects by itself with Last-Event-ID, is told 204, and ends.
    await expect.poll(() => source.readyState, { timeout: 5000 }).toBe(EventSource.CLOSED);
    expect(opened).toHaveLength(1);
    expectWhole(frames);
  });

  it('carry headers that no proxy misunderstands, the seq as id, and beats while it is quiet', async () => {
    const { id } = await server.client().submit({ prompt: '[[pause 900]] [[say late]]' });
    const answer = await send(server.url, pathOf(id), { headers: { accept: 'text/event-stream' } });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const blocks = answer.text.split('\n\n').filter(Boolean);
    expect(blocks[0]).toMatch(/^retry: \d+$/);
    expect(blocks.filter((block) => block === ':').length).toBeGreaterThan(3);
    const events = blocks.filter((block) => block.startsWith('id:')).map((block) => block.split('\n'));
    for (const [idLine, eventLine, dataLine] of events) {
      const data = JSON.parse(dataLine!.slice('data: '.length)) as Frame;
      expect([idLine, eventLine]).toEqual([`id: ${data.seq}`, `event: ${data.type}`]);
      expect(data.runId).toBe(id);
    }
    expect(events.at(-1)?.[1]).toBe('event: run.completed');
  });

  it('go on after a position, given as header or in the address; the header wins', async () => {
    const { id } = await server.client().execute({ prompt: '[[text n=12]]' });
    const all = await collect(server.client().follow(id));
    const idsOf = async (query: string, headers = {}) =>
      [...(await send(server.url, pathOf(id, query), { headers })).text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) =>
        Number(seq),
      );
    const after = (seq: number) => all.filter((frame) => frame.seq > seq).map((frame) => frame.seq);
    expect(await idsOf('')).toEqual(after(0));
    expect(await idsOf('?after=5')).toEqual(after(5));
    expect(await idsOf('', { 'last-event-id': '8' })).toEqual(after(8));
    expect(await idsOf('?after=2', { 'last-event-id': '9' })).toEqual(after(9));
    const last = all.at(-1)!.seq;
    expect((await send(server.url, pathOf(id, `?after=${last}`))).status).toBe(204);
    expect((await send(server.url, pathOf(id, `?after=${last - 1}`))).status).toBe(200);
  });

  it('are pages of JSON for who asks for it', async () => {
    const { id } = await server.client().execute({ prompt: '[[text n=25]]' });
    const all = await collect(server.client().follow(id));
    const paged: Frame[] = [];
    for (let after: string | null = '0'; after !== null;) {
      const page = await server.client().history(id, { after: Number(after), limit: 7 });
      expect(page.data.length).toBeLessThanOrEqual(7);
      paged.push(...page.data);
      after = page.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  it('lose nothing when readers come, go and come back, and end no run', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=150 delay=8]]' });
    const frames: Frame[] = [];
    for (let ended = false; !ended;) {
      const gone = new AbortController();
      try {
        const place = { after: frames.at(-1)?.seq ?? 0, signal: gone.signal };
        for await (const frame of server.client().follow(id, place)) {
          if (!isFrame(frame)) continue;
          frames.push(frame);
          if (frame.type === 'run.completed') ended = true;
          else if (frames.length % 40 === 0) gone.abort();
        }
      } catch (error) {
        if (!gone.signal.aborted) throw error;
      }
    }
    expectWhole(frames);
    expect(textOf(frames)).toBe((await server.client().run(id)).result?.text);
  });

  it('carry 20 MB to a reader, byte for byte', async () => {
    const { id } = await server.client().submit({ prompt: '[[big bytes=20000000 chunk=4000]]' });
    let length = 0;
    let last: Frame | undefined;
    for await (const frame of server.client().follow(id)) {
      if (!isFrame(frame)) continue;
      expect(frame.fromSeq).toBe((last?.seq ?? 0) + 1);
      if (frame.type === 'text.delta') length += frame.data.text.length;
      last = frame;
    }
    expect(last?.type).toBe('run.completed');
    expect(length).toBe(20_000_000);
  });

  it('cancel the run of a caller that waits and leaves, if it wants that', async () => {
    for (const [onDisconnect, state] of [
      ['cancel', 'cancelled'],
      ['continue', 'completed'],
    ] as const) {
      const leave = new AbortController();
      const metadata = { test: onDisconnect };
      const request = { prompt: '[[text n=60 delay=20]]', onDisconnect, metadata };
      const waiting = server
        .client()
        .execute(request, { signal: leave.signal })
        .catch(() => null);
      const mine = async () => (await server.client().runs()).data.find((run) => run.metadata['test'] === onDisconnect);
      await expect.poll(async () => (await mine())?.state, { timeout: 5000 }).toBe('running');
      leave.abort();
      await waiting;
      await expect.poll(async () => (await mine())?.state, { timeout: 10_000 }).toBe(state);
    }
  });
});
