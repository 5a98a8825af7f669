import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMessagesApi, type MessagesApi } from './index.js';
import { call, say } from './testing/api.client.js';

let api: MessagesApi;

beforeAll(async () => {
  api = await startMessagesApi();
});
afterAll(() => api.close());
beforeEach(() => api.reset());

const get = async (path: string): Promise<unknown> => JSON.parse((await call(api.url, 'GET', `/_script/${path}`)).text);
const put = async (path: string, body?: unknown): Promise<{ status: number; said: unknown }> => {
  const { status, text } = await call(api.url, 'POST', `/_script/${path}`, body);
  return { status, said: JSON.parse(text) };
};
const statuses = async (count: number): Promise<number[]> => {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) seen.push((await say(api.url, `[[say ${i}]]`)).status);
  return seen;
};

describe('another process', () => {
  it('reads journal and ledger, and clears them', async () => {
    await say(api.url, '[[say a]]');
    expect(await get('journal')).toMatchObject([{ prompt: '[[say a]]' }]);
    expect(await get('served')).toMatchObject({ requests: 1, answers: 1 });
    expect(await put('reset')).toEqual({ status: 200, said: { ok: true } });
    expect(await get('journal')).toEqual([]);
    expect(await get('served')).toMatchObject({ requests: 0, answers: 0, models: {} });
  });

  it('makes bad weather and ends it', async () => {
    expect((await put('weather', { every: 3, faults: ['[[error 529]]', '[[error 500]] [[error 429]]'] })).status).toBe(
      200,
    );
    expect(await statuses(10)).toEqual([200, 200, 529, 200, 200, 500, 200, 200, 429, 200]);
    expect(api.journal.filter(({ kind }) => kind === 'weather').map(({ step }) => step)).toEqual([
      '[[error 529]]',
      '[[error 500]]',
      '[[error 429]]',
    ]);
    await put('weather', null);
    expect(await statuses(3)).toEqual([200, 200, 200]);
  });

  it.each([
    ['weather', { every: 0, faults: ['[[cut]]'] }, /whole number from 1/],
    ['weather', { every: 1, faults: ['[[say no fault]]'] }, /a list such as/],
    ['weather', { every: 1 }, /a list such as/],
    ['weather', { every: 1, faults: ['[[nonsense]]'] }, /unknown directive/],
    ['weather', '{', /not valid JSON/],
  ])('is told what is wrong with %s %j', async (path, body, message) => {
    const { status, said } = await put(path, body);
    expect(status).toBe(400);
    expect(said).toEqual({ error: expect.stringMatching(message) as string });
  });

  it('is told what there is not', async () => {
    expect((await put('other')).status).toBe(404);
  });
});
