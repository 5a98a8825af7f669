import { Parser } from '@asyncapi/parser';
import { EVENTS, READER_EVENTS } from '@steward/claude';
import { beforeAll, describe, expect, it } from 'vitest';
import { Check } from 'typebox/schema';
import { CLIENT_EVENTS, SERVER_EVENTS } from '../apps/server/src/gateway/gateway.events.js';
import { type AsyncApiDocument } from '../apps/server/src/asyncapi/index.js';
import { collectAll } from './support/collect.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

/** The document of everything that the server sends by itself, against what it sends. */
describe('the AsyncAPI document', () => {
  let server: ServerProcess;
  let text: string;
  let document: AsyncApiDocument;

  withServer({ env: { STEWARD_RUN_LOG_BYTES: '200000' } }, (standing) => ({ server } = standing));
  beforeAll(async () => {
    ({ text } = await send(server.url, '/asyncapi.json'));
    document = JSON.parse(text) as AsyncApiDocument;
  });

  const faultOf = (message: string, payload: unknown): string[] => {
    const schema = document.components.messages[message]?.payload;
    if (!schema) return [`there is no message ${message}`];
    return Check({ ...schema, components: document.components }, payload)
      ? []
      : [`${message}: ${JSON.stringify(payload).slice(0, 300)}`];
  };

  it('is valid by the official parser, without a remark', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    expect(diagnostics).toEqual([]);
    expect(parsed?.version()).toBe('3.1.0');
    const names = parsed!
      .messages()
      .all()
      .map((message) => message.name());
    expect(names).toEqual(
      expect.arrayContaining([
        ...Object.keys(EVENTS),
        ...Object.keys(READER_EVENTS),
        ...CLIENT_EVENTS,
        ...Object.values(SERVER_EVENTS),
      ]),
    );
    expect(
      parsed!
        .operations()
        .filterByReceive()
        .map((operation) => operation.id()?.replace('.', ':')),
    ).toEqual([...CLIENT_EVENTS]);
  });

  it('describes each acknowledgement and each message of a socket', async () => {
    const socket = new SocketClient(server.url);
    const faults: string[] = [];
    const seen = new Set<string>();
    socket.socket.onAny((event: string, payload: unknown) => {
      seen.add(event);
      faults.push(...faultOf(event.replace(':', '.'), payload));
    });
    const ask = async (event: string, payload: object) => {
      faults.push(...faultOf(event.replace(':', '.'), payload));
      const answer = await socket.ask(event, payload);
      faults.push(...faultOf(`${event.replace(':', '.')}.ack`, answer));
      return answer;
    };
    const { id, run } = await ask('claude:execute', { prompt: '[[think n=2]] [[bash echo hi]] [[text n=5]]' });
    await socket.end(id);
    await ask('claude:status', { id });
    await ask('claude:status', { id: 'nothing' });
    const long = await ask('claude:execute', { prompt: '[[big bytes=1000000 chunk=500]]' });
    await socket.end(long.id, 60_000);
    await ask('claude:subscribe', { id: long.id, after: 0, deltas: true });
    await ask('claude:subscribe', { sessionId: run.sessionId, types: ['run.*', 'tool.*'] });
    await ask('claude:subscribe', { feed: true, after: 'end' });
    const cancelled = await ask('claude:execute', { prompt: '[[text n=2000 delay=20]]' });
    await ask('claude:cancel', { id: cancelled.id });
    // By its own subscription, and by that to all runs.
    const ends = () => socket.ends.filter(({ payload }) => payload.id === cancelled.id);
    await expect.poll(() => ends().length, { timeout: 20_000 }).toBe(2);
    await ask('claude:unsubscribe', { feed: true });
    await ask('claude:unsubscribe', { id });
    socket.tell('claude:jump');
    await expect.poll(() => seen.size, { timeout: 10_000 }).toBe(4);
    expect(faults).toEqual([]);
    socket.close();
  });

  it('describes each event of a stream', async () => {
    const client = server.client();
    const prompts = ['[[think n=2]] [[bash echo hi]] [[text n=5]]', '[[error 400]]', '[[big bytes=1000000 chunk=500]]'];
    const faults: string[] = [];
    const types = new Set<string>();
    for (const prompt of prompts) {
      const { id } = await client.execute({ prompt, rawMessages: 'whole' });
      for (const item of await collectAll(client.follow(id))) {
        types.add(item.type);
        faults.push(...faultOf(item.type, item));
      }
    }
    expect(faults).toEqual([]);
    expect([...types]).toEqual(
      expect.arrayContaining(['run.queued', 'tool.finished', 'text.delta', 'raw', 'stream.snapshot', 'run.failed']),
    );
  });

  it('would notice what it does not describe', () => {
    const queued = {
      fromSeq: 1,
      seq: 1,
      at: '2026-01-01T00:00:00.000Z',
      runId: 'r',
      sessionId: 's',
      type: 'run.queued',
      data: { behind: 0 },
    };
    expect(faultOf('run.queued', queued)).toEqual([]);
    for (const wrong of [
      { ...queued, seq: '1' },
      { ...queued, type: 'usage' },
      { ...queued, data: {} },
    ])
      expect(faultOf('run.queued', wrong)).toHaveLength(1);
    expect(faultOf('claude.complete', { ...queued, id: 'r' })).toHaveLength(1);
    expect(faultOf('claude.subscribe', { id: 'r', feed: true })).toHaveLength(1);
    expect(faultOf('claude.status.ack', { ok: false, id: 'r' })).toHaveLength(1);
  });

  it('is a page, too: every message, no script, nothing from elsewhere', async () => {
    const { status, headers, text: page } = await send(server.url, '/docs/events');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    for (const { name } of Object.values(document.components.messages)) expect(page).toContain(`<code>${name}</code>`);
    for (const type of [...Object.keys(EVENTS), ...Object.keys(READER_EVENTS)] as (keyof typeof EVENTS)[]) {
      const [, section = ''] = new RegExp(`<details open id="${type}">(.*?)</details>`, 's').exec(page) ?? [];
      const { properties } = { ...EVENTS, ...READER_EVENTS }[type].data as { properties: object };
      for (const field of Object.keys(properties))
        expect([type, section]).toEqual([type, expect.stringContaining(`<code>${field}</code>`)]);
    }
    const links = [...page.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, link]) => link!);
    expect(links.filter((link) => !/^(#|\/docs$|\/asyncapi\.json$)/.test(link))).toEqual([]);
    const ids = new Set([...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id));
    expect(links.filter((link) => link.startsWith('#') && !ids.has(link.slice(1)))).toEqual([]);
    expect(page).not.toMatch(/<script|@import|url\(/);
    expect((await send(server.url, '/docs')).status).toBe(200);
  });
});
