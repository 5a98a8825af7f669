import { hashKey, newKey } from '@steward/identity';
import { isFrame, type PlacedItem, StewardClient, TextOfRun } from '@steward/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { bigText } from '../messages-api/index.js';
import { collectAll } from '../support/collect.js';
import { expectWhole } from '../support/frames.js';
import { withServer } from '../support/server.fixture.js';
import { type ServerProcess } from '../support/server.process.js';
import { sha256 } from '../support/sha256.js';

const BYTES = 3_000_000;
const [annKey, bobKey] = [newKey(), newKey()];

/** Takes items until so many runs have ended. */
async function until(items: AsyncIterable<PlacedItem>, ends: number): Promise<PlacedItem[]> {
  const seen: PlacedItem[] = [];
  for await (const item of items) {
    seen.push(item);
    if (item.type === 'run.completed') ends -= 1;
    if (ends === 0) break;
  }
  return seen;
}

describe.each(['sse', 'socket'] as const)('streams of the real server by %s', (transport) => {
  let server: ServerProcess;
  let client: StewardClient;

  withServer(
    {
      env: {
        STEWARD_API_KEYS: `ann:acme:user:${hashKey(annKey)},bob:acme:user:${hashKey(bobKey)}`,
        STEWARD_RUN_LOG_BYTES: '300000',
        STEWARD_LOG_RETENTION_MS: '12000',
      },
    },
    (standing) => ({ server } = standing),
  );
  beforeAll(async () => {
    const retry = { attempts: 5, firstDelayMs: 20, maxDelayMs: 200 };
    client = new StewardClient({ url: server.url, key: annKey, transport, retry });
  });

  it('a session: its runs one after the other, from any position, until it is closed', async () => {
    const session = await client.createSession();
    const whole = collectAll(client.followSession(session.id));
    const ids: string[] = [];
    for (const word of ['one', 'two', 'three'])
      ids.push((await client.execute({ prompt: `[[say ${word}]]`, sessionId: session.id })).id);
    const past = await until(client.followSession(session.id), 3);
    for (const id of ids) expectWhole(past.filter(isFrame).filter((frame) => frame.runId === id));
    expect([...new Set(past.map(({ runId }) => runId))]).toEqual(ids);
    const half = Math.floor(past.length / 2);
    const follower = client.followSession(session.id, { after: past[half]!.position });
    const rest = await until(follower, past.slice(half + 1).filter(({ type }) => type === 'run.completed').length);
    expect(rest).toEqual(past.slice(half + 1));
    expect(follower.position).toBe(past.at(-1)!.position);
    await client.closeSession(session.id);
    expect(await whole).toEqual(past);
    await expect(collectAll(client.followSession(session.id))).rejects.toMatchObject({ code: 'session.not_found' });
  });

  it('knows where "from now on" was, should the connection break before the first event', async () => {
    const session = await client.createSession();
    const { id } = await client.execute({ prompt: '[[say past]]', sessionId: session.id });
    const last = `${id}:${(await client.run(id)).lastSeq}`;
    const leave = new AbortController();
    const followers = [
      client.followSession(session.id, { after: 'end', signal: leave.signal }),
      client.followAll({ after: 'end', signal: leave.signal }),
    ];
    const reading = followers.map((follower) => collectAll(follower).catch(() => undefined));
    await expect.poll(() => followers[0]!.position).toBe(last);
    await expect.poll(() => followers[1]!.position).toMatch(/^\d+-\d+$/);
    leave.abort();
    await Promise.all(reading);
    const next = await client.execute({ prompt: '[[say next]]', sessionId: session.id });
    for (const seen of [
      await until(client.followSession(session.id, { after: followers[0]!.position }), 1),
      await until(client.followAll({ after: followers[1]!.position }), 1),
    ])
      expect(new Set(seen.map(({ runId }) => runId))).toEqual(new Set([next.id]));
  });

  it('a session that somebody joins in the middle of a run, for what is to come', async () => {
    const session = await client.createSession();
    const run = await client.submit({ prompt: '[[text n=100 delay=20]]', sessionId: session.id });
    for await (const item of client.follow(run.id)) if (item.type === 'text.delta') break;
    const seen = await until(client.followSession(session.id, { after: 'end', types: ['text.delta'] }), 1);
    const frames = seen.filter(isFrame);
    expect(frames.length).toBeGreaterThan(1);
    expect(frames[0]!.seq).toBeGreaterThan(1);
    expectWhole(frames, frames[0]!.fromSeq - 1);
  });

  it('all of one’s own runs, and nobody else’s', async () => {
    const before = await client.execute({ prompt: '[[say before]]' });
    const past = client.followAll({ types: ['run.*'] });
    for await (const { runId, type } of past) if (runId === before.id && type === 'run.completed') break;
    const after = past.position;
    const other = new StewardClient({ url: server.url, key: bobKey });
    const follower = client.followAll({ after });
    const seen = until(follower, 2);
    await other.execute({ prompt: '[[say not mine]]' });
    const mine = await Promise.all(['a', 'b'].map((word) => client.execute({ prompt: `[[say ${word}]]` })));
    const frames = (await seen).filter(isFrame);
    expect(new Set(frames.map(({ runId }) => runId))).toEqual(new Set(mine.map(({ id }) => id)));
    expect(frames.some(({ type }) => type.endsWith('.delta'))).toBe(false);
    expect(follower.position).toBe((await seen).at(-1)!.position);
  });

  it('filtered, and still without a hole; text and result by themselves', async () => {
    const { id, result } = await client.execute({ prompt: '[[bash echo hi]] [[text n=20]]' });
    const tools = (await collectAll(client.follow(id, { types: ['tool.*'] }))).filter(isFrame);
    expectWhole(tools);
    expect(tools.map(({ type }) => type)).toEqual(['tool.started', 'tool.finished', 'run.completed']);
    const calm = (await collectAll(client.follow(id, { deltas: false }))).filter(isFrame);
    expectWhole(calm);
    expect(calm.some(({ type }) => type.endsWith('.delta'))).toBe(false);
    expect(await client.text(id)).toBe(result?.text);
    expect(await client.result(id)).toMatchObject({ id, state: 'completed' });
  });

  it('of a run that outgrew its log: the same text by snapshot; after retention the final text', async () => {
    const { id } = await client.execute({ prompt: `[[big bytes=${BYTES} chunk=500]]` });
    const text = new TextOfRun();
    const types: string[] = [];
    for await (const item of client.follow(id)) {
      text.push(item);
      types.push(item.type);
    }
    expect(types.filter((type) => type === 'stream.snapshot')).toHaveLength(1);
    expect(sha256(text.text)).toBe(sha256(bigText(BYTES)));
    expect(sha256(await client.text(id))).toBe(sha256(bigText(BYTES)));
    const kept = async () => (await collectAll(client.follow(id))).map(({ type }) => type);
    await expect.poll(kept, { timeout: 60_000, interval: 1000 }).toEqual(['stream.gap', 'run.completed']);
    expect(sha256(await client.text(id))).toBe(sha256(bigText(BYTES)));
  });

  it('of nobody, or of somebody else', async () => {
    const { id, sessionId } = await client.execute({ prompt: '[[say mine]]' });
    const bob = new StewardClient({ url: server.url, key: bobKey, transport });
    await expect(collectAll(bob.follow(id))).rejects.toMatchObject({ code: 'run.not_found', status: 404 });
    await expect(collectAll(bob.followSession(sessionId))).rejects.toMatchObject({ code: 'session.not_found' });
    const nobody = new StewardClient({ url: server.url, key: 'wrong', transport });
    await expect(collectAll(nobody.follow(id))).rejects.toMatchObject({ code: 'auth.required', status: 401 });
    await expect(collectAll(nobody.followAll())).rejects.toMatchObject({ code: 'auth.required' });
    await expect(collectAll(client.follow(id, { after: 9999 }))).rejects.toMatchObject({ code: 'request.invalid' });
  });
});
