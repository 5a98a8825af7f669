import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, startMessagesApi, type MessagesApi } from './index.js';
import { ask, post, say } from './testing/api.client.js';

let api: MessagesApi;

beforeAll(async () => {
  api = await startMessagesApi({ journalLimit: 5, journalBodies: 2 });
});
afterAll(() => api.close());
beforeEach(() => api.reset());

const until = async (condition: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 2_000; !condition();) {
    if (Date.now() > deadline) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const USAGE = '[[usage in=100 out=50 cache-read=7 cache-write=3]]';

describe('the ledger', () => {
  it('adds up what was declared, by model', async () => {
    await say(api.url, `${USAGE} [[say a]]`);
    await say(api.url, `${USAGE} [[say a]]`, { stream: false });
    await say(api.url, '[[usage in=1 out=2 cache-write=0]] [[say a]]', { model: 'other' });
    await say(api.url, '[[error 500]]');
    const usage = {
      input_tokens: 200,
      output_tokens: 100,
      cache_read_input_tokens: 14,
      cache_creation_input_tokens: 6,
    };
    expect(api.served()).toMatchObject({
      requests: 4,
      answers: 3,
      usage: { input_tokens: 201, output_tokens: 102 },
      models: { 'claude-test': { answers: 2, usage }, other: { answers: 1 } },
    });
  });

  it('counts of a cut stream what its beginning declared', async () => {
    await say(api.url, `${USAGE} [[cut after=3]]`);
    expect(api.served()).toMatchObject({ answers: 1, usage: { input_tokens: 100, output_tokens: 1 } });
  });

  it('counts of a client that left what it had been told', async () => {
    const gone = new AbortController();
    const asked = post(api.url, ask(`${USAGE} [[text n=1000 delay=20]]`), gone.signal).catch(() => undefined);
    await until(() => api.served().answers === 1);
    gone.abort();
    await asked;
    await until(() => api.journal[0]!.aborted);
    expect(api.journal[0]).toMatchObject({ aborted: true, finished: false, cut: false, usage: { output_tokens: 1 } });
    expect(api.served().usage.output_tokens).toBe(1);
  });
});

describe('the journal', () => {
  it('says what was asked and what was played', async () => {
    await say(api.url, '[[read f]] please', { metadata: { user_id: '{"session_id":"s1"}' } });
    expect(api.journal[0]).toMatchObject({
      seq: 1,
      method: 'POST',
      path: '/v1/messages',
      session: 's1',
      model: 'claude-test',
      prompt: '[[read f]] please',
      kind: 'step',
      stepIndex: 0,
      step: '[[read f]]',
      status: 200,
      stream: true,
      finished: true,
      body: { max_tokens: 1_000 },
    });
    expect(api.journal[0]!.headers['content-type']).toBe('application/json');
  });

  it('keeps the newest requests, and the bodies of fewer', async () => {
    for (let i = 0; i < 8; i++) await say(api.url, `[[say ${i}]]`);
    expect(api.journal.map(({ seq }) => seq)).toEqual([4, 5, 6, 7, 8]);
    expect(api.journal.map(({ body }) => body !== undefined)).toEqual([false, false, false, true, true]);
  });

  it('tells credentials apart without keeping them', async () => {
    const headers = { 'x-api-key': 'very-secret', authorization: 'Bearer other-secret' };
    await fetch(`${api.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask('[[say a]]')) });
    expect(JSON.stringify(api.journal)).not.toMatch(/very-secret|other-secret/);
    expect(api.journal[0]!.headers['x-api-key']).toBe(`sha256:${fingerprint('very-secret')}`);
    expect(api.journal[0]!.headers['authorization']).toBe(`sha256:${fingerprint('other-secret')}`);
  });
});

describe('closing', () => {
  it('ends connections that hang', async () => {
    const own = await startMessagesApi();
    const hanging = [
      say(own.url, '[[hang headers]]').catch(() => ({ broken: true })),
      say(own.url, '[[hang stream after=1]]').catch(() => ({ broken: true })),
      say(own.url, '[[text n=1000 delay=100]]').catch(() => ({ broken: true })),
    ];
    await until(() => own.journal.length === 3 && own.journal.filter(({ status }) => status === 200).length === 2);
    await own.close();
    expect(await Promise.all(hanging)).toMatchObject([{ broken: true }, { broken: true }, { broken: true }]);
    await own.close();
  });
});
