import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMessagesApi, type MessagesApi } from './index.js';
import { Claude, type Message } from './testing/claude.process.js';

let api: MessagesApi;
let claude: Claude;
let strict: Claude;

beforeAll(async () => {
  api = await startMessagesApi();
  claude = await Claude.start({ url: api.url, env: { API_TIMEOUT_MS: '1000' } });
  strict = await Claude.start({
    url: api.url,
    env: { CLAUDE_CODE_MAX_RETRIES: '0', CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1' },
  });
});
afterAll(async () => {
  await Promise.all([claude, strict].map((each) => each[Symbol.asyncDispose]()));
  await api.close();
});
beforeEach(() => {
  api.reset();
  claude.messages.length = 0;
});

const statuses = (): number[] => api.journal.filter(({ path }) => path === '/v1/messages').map(({ status }) => status);

describe('an error for ever ends the turn', () => {
  it.each<[string, Message]>([
    ['[[error 400 broken]]', { api_error_status: 400, result: 'API Error: 400 broken' }],
    ['[[error 401]]', { api_error_status: 401 }],
    ['[[error 402]]', { result: 'Credit balance is too low' }],
    ['[[error 403]]', { api_error_status: 403 }],
    ['[[error 404]]', { result: expect.stringContaining('issue with the selected model') as string }],
    ['[[error 413]]', { result: expect.stringContaining('Request too large') as string }],
    ['[[error 429 limit reached]]', { result: 'API Error: Request rejected (429) · limit reached' }],
    ['[[error 500]]', { api_error_status: 500 }],
    ['[[error 502]]', { api_error_status: 502 }],
    ['[[error 529]]', { is_error: true }],
  ])('%s', async (prompt, expected) => {
    expect(await strict.run(prompt)).toMatchObject({ subtype: 'success', is_error: true, ...expected });
  });

  it('and the next prompt works', async () => {
    expect((await strict.run('[[say fine]]'))['result']).toBe('fine');
  });
});

describe('a fault that passes is overcome', () => {
  it.each<[string, number[]]>([
    ['[[error 500 times=2]] [[say recovered]]', [500, 500, 200]],
    ['[[error 429 retry-after=1 times=1]] [[say recovered]]', [429, 200]],
    ['[[error 529 times=1]] [[error 502 times=1]] [[say recovered]]', [529, 502, 200]],
    ['[[cut after=3 times=1]] [[say recovered]]', [200, 200]],
    ['[[malformed times=1]] [[say recovered]]', [200, 200]],
    ['[[sse-error overloaded_error times=1]] [[say recovered]]', [200, 200]],
    ['[[hang headers times=1]] [[say recovered]]', [0, 200]],
    ['[[hang stream after=2 for=300 times=1]] [[say recovered]]', [200, 200]],
  ])('%s', async (prompt, expected) => {
    expect((await claude.run(prompt))['result']).toBe('recovered');
    expect(statuses()).toEqual(expected);
  });

  it('in the middle of a script, without repeating what was done', async () => {
    const { result } = await claude.run(
      '[[read a]] [[cut times=1]] [[error 500 times=1]] [[read b]] [[say recovered]]',
    );
    expect(result).toBe('recovered');
    expect(api.journal.filter(({ kind }) => kind === 'step').map(({ step }) => step)).toEqual([
      '[[read a]]',
      '[[read b]]',
      '[[say recovered]]',
    ]);
  });

  it('by compacting the conversation where that helps', async () => {
    await claude.run('[[say one]]');
    await claude.run('[[say two]]');
    const long = '[[error 400 times=1 prompt is too long: 250000 tokens > 200000 maximum]] [[say recovered]]';
    expect((await claude.run(long))['result']).toBe('recovered');
    expect(api.journal.map(({ kind }) => kind)).toContain('auxiliary:summary');
    const prompts = JSON.parse((await claude.run('[[recall]]'))['result'] as string) as string[];
    expect(prompts.slice(-4)).toEqual(['[[say one]]', '[[say two]]', long, '[[recall]]']);
  });
});

describe('the CLI sees', () => {
  it('a broken stream as an error where it may not repeat it', async () => {
    for (const prompt of ['[[cut]] 1', '[[malformed]] 2', '[[sse-error api_error]] 3']) {
      expect(await strict.run(prompt)).toMatchObject({ is_error: true });
    }
  });

  it.each([
    ['[[stop max_tokens]] [[say rest]]', { result: 'rest', is_error: false }],
    ['[[stop model_context_window_exceeded]] [[say rest]]', { result: 'rest', is_error: false }],
    ['[[stop pause_turn]]', { stop_reason: 'pause_turn', is_error: false }],
    ['[[stop refusal]]', { stop_reason: 'refusal', is_error: true }],
    ['[[empty]] [[say visible]]', { result: 'visible', is_error: false }],
  ])('the end %s', async (prompt, expected) => {
    expect(await claude.run(prompt)).toMatchObject(expected);
  });

  it.each(['[[hang headers]]', '[[hang stream after=2]]', '[[hang stream ping=20]]', '[[text n=1000 delay=50]]'])(
    '%s until it is interrupted',
    async (prompt) => {
      strict.messages.length = 0;
      strict.send(prompt);
      await strict.find(({ type, subtype }) => type === 'system' && subtype === 'status');
      await strict.control({ subtype: 'interrupt' });
      expect(await strict.find(({ type }) => type === 'result')).toMatchObject({ subtype: 'error_during_execution' });
      expect((await strict.run('[[say next]]'))['result']).toBe('next');
    },
  );
});
