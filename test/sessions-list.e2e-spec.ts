import { describe, expect, it } from 'vitest';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const API = '/api/v1/claude';

describe('making and listing sessions', () => {
  let server: ServerProcess;
  withServer({}, (standing) => ({ server } = standing));

  const open = async (key: string, metadata: Record<string, string> = {}) => {
    const headers = { 'idempotency-key': key };
    const { status, text } = await send(server.url, `${API}/sessions`, { method: 'POST', body: { metadata }, headers });
    return { status, body: JSON.parse(text) as { id: string; code?: string } };
  };
  const count = async () =>
    (JSON.parse((await send(server.url, `${API}/sessions?limit=100`)).text) as { data: unknown[] }).data.length;

  it('the same Idempotency-Key and body answer the same session, another body is refused', async () => {
    const before = await count();
    const first = await open('one');
    expect(first.status).toBe(201);
    expect((await open('one')).body.id).toBe(first.body.id);
    expect(await open('one', { other: 'body' })).toMatchObject({ status: 422, body: { code: 'idempotency.conflict' } });
    expect(await count()).toBe(before + 1);
    const racing = await Promise.all(Array.from({ length: 10 }, () => open('race')));
    for (const { status } of racing) expect([201, 409]).toContain(status);
    const made = racing.filter(({ status }) => status === 201).map(({ body }) => body.id);
    expect(new Set(made).size).toBe(1);
    expect(await count()).toBe(before + 2);
  });

  it('a key of a run is none of a session', async () => {
    const headers = { 'idempotency-key': 'shared' };
    await send(server.url, `${API}/execute/async`, { method: 'POST', body: { prompt: '[[say x]]' }, headers });
    expect((await open('shared')).status).toBe(422);
  });

  it('a cursor belongs to its list', async () => {
    for (const key of ['a', 'b', 'c']) await open(key);
    for (let run = 0; run < 3; run += 1) await server.client().execute({ prompt: '[[say x]]' });
    const cursorOf = async (list: string) => {
      const { text } = await send(server.url, `${API}/${list}?limit=1`);
      return (JSON.parse(text) as { nextCursor: string }).nextCursor;
    };
    const [ofRuns, ofSessions] = [await cursorOf('processes'), await cursorOf('sessions')];
    expect((await send(server.url, `${API}/processes?cursor=${ofRuns}`)).status).toBe(200);
    expect((await send(server.url, `${API}/sessions?cursor=${ofSessions}`)).status).toBe(200);
    for (const [list, cursor] of [
      ['processes', ofSessions],
      ['sessions', ofRuns],
    ] as const) {
      const { status, problem } = await send(server.url, `${API}/${list}?cursor=${cursor}`);
      expect([status, problem.errors[0]?.field]).toEqual([400, 'cursor']);
    }
  });

  it('an output schema of no type is refused, by field', async () => {
    const body = { prompt: 'x', outputSchema: { type: 'nope' } };
    const { status, problem } = await send(server.url, `${API}/execute/async`, { method: 'POST', body });
    expect([status, problem.errors[0]?.field]).toEqual([400, 'outputSchema/type']);
  });
});
